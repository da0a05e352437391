from __future__ import annotations

import pytest

from palette_sim.kube_api.routing import Target, parse_target

PATHS = {
    "/api/v1/namespaces": Target("", "v1", "namespaces"),
    "/api/v1/namespaces/a": Target("", "v1", "namespaces", name="a"),
    "/api/v1/namespaces/a/status": Target("", "v1", "namespaces", name="a", subresource="status"),
    "/api/v1/namespaces/a/secrets": Target("", "v1", "secrets", "a"),
    "/api/v1/namespaces/a/secrets/s": Target("", "v1", "secrets", "a", "s"),
    "/apis/g/v1/things": Target("g", "v1", "things"),
    "/apis/g/v1/namespaces/a/things/t/status": Target("g", "v1", "things", "a", "t", "status"),
    "/apis/g/v1": None,
    "/api/v2/things": None,
    "/apis/g/v1/a/b/c/d": None,
    "/elsewhere": None,
}


@pytest.mark.parametrize(("path", "want"), PATHS.items(), ids=PATHS)
def test_a_path_names_what_it_asks_for(path: str, want: Target | None) -> None:
    assert parse_target(path) == want
