"""What is told of a resource that has gone, by what it was last."""

from __future__ import annotations

from typing import Any

import pytest

from palette_operator.kube.objects import Body
from palette_operator.reconcile.finalizer import FINALIZER
from palette_operator.reconcile.left_behind import note_of_removal
from support.builders import key
from support.fake_kube import resource_body

_CONNECTED = {"connectionRef": {"name": "default"}}
_HELD = {"finalizers": [FINALIZER]}
_LEAVING = {"deletionTimestamp": "2026-03-01T02:00:00Z"}


def gone(kind: str, *, spec: Body | None = None, status: Body | None = None, **metadata: Any) -> Body:  # noqa: ANN401
    """Return a resource of a kind that had something in Palette, and its finalizer."""
    body = resource_body(key("store", kind), status={"uid": "c1"} if status is None else status, **(metadata or _HELD))
    body["spec"] = _CONNECTED if spec is None else spec
    return body


TOLD: dict[str, tuple[Body, str]] = {
    "a cluster whose finalizer was taken off as it was deleted": (
        gone("PaletteCluster", **_LEAVING, **_HELD),
        "cluster 'store' (c1) in Palette",
    ),
    "one whose finalizer was taken off before": (
        gone("PaletteCluster", finalizers=[]),
        "cluster 'store' (c1) in Palette",
    ),
    "one that has another name in Palette": (
        gone("PaletteCluster", spec={**_CONNECTED, "name": "store-1"}),
        "cluster 'store-1' (c1) in Palette",
    ),
    "a cluster of air-gapped hosts": (
        gone("PaletteCluster", spec={"cloud": {"edgeLocal": {}}}),
        "cluster 'store' (c1) on its hosts",
    ),
    "an edge host": (gone("EdgeHost"), "edge host c1 in Palette"),
}

NOT_TOLD: dict[str, Body] = {
    "what was let go": gone("PaletteCluster", **_LEAVING, finalizers=["somebody.else/holds"]),
    "what is being deleted in Palette": gone(
        "PaletteCluster", status={"uid": "c1", "pendingOperation": {"verb": "delete"}}, **_LEAVING, **_HELD
    ),
    "what never came to be": gone("PaletteCluster", status={}),
    "what was only looked at": gone("PaletteCluster", spec={**_CONNECTED, "mode": "Observe"}),
    "an edge host that Palette does not know": gone("EdgeHost", spec={"local": {}}),
    "a connection": gone("PaletteConnection"),
}


@pytest.mark.parametrize(("body", "left"), TOLD.values(), ids=TOLD)
def test_what_stays_is_told(body: Body, left: str) -> None:
    note = note_of_removal(body)

    assert note is not None
    assert (note.type, note.reason) == ("Warning", "LeftBehind")
    assert f"{left} stays as it is, with our mark" in note.message


@pytest.mark.parametrize("body", NOT_TOLD.values(), ids=NOT_TOLD)
def test_what_leaves_nothing_behind_is_not_told(body: Body) -> None:
    assert note_of_removal(body) is None
