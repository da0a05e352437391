"""A cluster that is taken over while it is changed: whoever looks next looks at what Palette has by then."""

from __future__ import annotations

from typing import Any

import pytest

from palette_operator.kube.objects import Body
from palette_operator.palette import lookup
from support.palette_api import PaletteApi, serve_palette
from support.whole_look import STORE, cluster_of, open_look

NEW_PROFILE = {"profiles": [{"name": "edge-base", "version": "1.5.0"}], "adoption": {"policy": "IfExists"}}


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "SEARCH_EVERY_S", 0.0)


async def running_cluster(api: PaletteApi) -> tuple[str, Body]:
    """Create a cluster by hand; return its uid, and a resource that wants another profile of it."""
    [host] = api.ready_hosts(1)
    uid: Any = (await api.post("/v1/spectroclusters/edge-native", api.cluster("store", control=[host]))).json()["uid"]
    api.palette.people.bring_up_cluster(uid)
    return uid, cluster_of(host, **NEW_PROFILE)


async def test_what_is_changed_as_a_cluster_is_adopted_is_sent_once() -> None:
    async with serve_palette() as api:
        uid, body = await running_cluster(api)
        async with open_look(api, body) as look:
            await look.list_fleet()
            for _ in range(3):
                await look.look_at(STORE)

            writes = look.network.writes
            assert look.kube.bodies[STORE]["status"]["uid"] == uid
            assert len(writes) == len(set(writes)), writes
            assert f"PATCH /v1/spectroclusters/{uid}/profiles" in writes
