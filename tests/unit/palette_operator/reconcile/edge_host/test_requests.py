"""When a device is reset, and what is said when it is not."""

from typing import Any

import pytest

from palette_operator.domain.identifiers import ClusterUid
from palette_operator.domain.observed import HostRow
from palette_operator.reconcile.edge_host.requests import _objection
from support.builders import key
from support.fake_kube import resource_body
from support.rows import host_row

FREE = host_row("edge-1")
USED = host_row("edge-1", state="in-use", cluster_uid=ClusterUid("c1"), cluster_name="store-42")
NAMELESS = host_row("edge-1", state="in-use", cluster_uid=ClusterUid("c1"))

OBJECTIONS: dict[str, tuple[HostRow | None, dict[str, Any], str, str]] = {
    "a free device is reset": (FREE, {}, "", ""),
    "a device that is ill is reset": (host_row("edge-1", health="unhealthy"), {}, "", ""),
    "a used device is not, and its cluster is named": (USED, {}, "", "used by cluster store-42"),
    "a cluster without a name is told by its uid": (NAMELESS, {}, "", "used by cluster c1"),
    "a device that a cluster has just chosen is not": (FREE, {}, "PaletteCluster retail/store", "retail/store"),
    "a device that Palette does not know is not": (None, {}, "", "no contact with the device"),
    "a device that never made contact is not": (host_row("edge-1", state="unpaired"), {}, "", "no contact"),
    "an observed device is not": (FREE, {"mode": "Observe"}, "", "spec.mode is Observe"),
    "a planned device is not": (FREE, {"mode": "Plan"}, "", "spec.mode is Plan"),
    "a suspended device is not": (FREE, {"suspend": True}, "", "suspended"),
}


@pytest.mark.parametrize(("row", "spec", "holder", "want"), OBJECTIONS.values(), ids=OBJECTIONS)
def test_objection(row: HostRow | None, spec: dict[str, Any], holder: str, want: str) -> None:
    body = resource_body(key("edge-1", "EdgeHost")) | {"spec": {"connectionRef": {"name": "default"}, **spec}}

    said = _objection(body, row, holder)

    assert want in said
    assert bool(said) == bool(want)
