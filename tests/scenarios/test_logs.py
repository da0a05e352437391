"""The JSON log: each line can be read, tells what it is about, and comes once."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from palette_sim.palette import FaultSpec
from support.scenarios.gossip import Gossip
from support.scenarios.manifests import cluster, control, edge_host, secret, store_apps
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import OpenWorld, World

_JSON = OperatorOptions(log_format="json")
_PASSWORD = 'planted "password" value'
_OF_RECONCILING = "palette_operator.reconcile."


async def test_a_cluster_can_be_followed_by_its_lines_from_create_to_delete(open_own_world: OpenWorld) -> None:
    gossip = Gossip()
    world = await open_own_world(operator=_JSON, middlewares=[gossip.middleware])
    gossip.repeat("POST", "/v1/spectroclusters/edge-native")
    await world.apply(secret("store-vars", password=_PASSWORD), edge_host("edge-a"))
    await world.until("EdgeHost", "edge-a", "Ready")
    profiles = [{"name": "edge-base", "version": "1.4.0"}, store_apps(password_from="store-vars")]
    await world.bring_up(cluster("store-1", control("edge-a"), profiles=profiles, deletion={"policy": "Delete"}))
    await world.patch("PaletteCluster", "store-1", {"spec": {"tags": {"site": "42"}}})
    await world.eventually(lambda: world.tags("store-1") == {"site": "42"}, "the tag is set")
    await world.until("PaletteCluster", "store-1", "Ready")
    await world.delete("PaletteCluster", "store-1")
    await world.until_gone("PaletteCluster", "store-1")
    lines = _lines(world)

    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    about = [line for line in lines if line.get("object") == f"PaletteCluster/{world.name}/store-1"]
    assert all(isinstance(line["generation"], int) for line in about)
    acted = [line for line in about if "action" in line]
    assert [line["action"] for line in acted if "reason" not in line] == [
        "CreateCluster",
        "SetClusterMetadata",
        "DeleteCluster",
    ]
    assert all(line["duration_s"] >= 0 for line in acted)
    [refused] = [line for line in acted if "reason" in line]
    assert (refused["action"], refused["reason"], refused["ref"]) == ("CreateCluster", "RemoteRejected", "***")
    became = [line for line in about if line["message"].startswith("PaletteCluster ") and "action" not in line]
    assert all(line["reason"] for line in became)
    assert [line["message"] for line in about if line["message"].endswith("/store-1: ready")] != []
    lost = [line for line in lines if line["logger"].startswith(_OF_RECONCILING) and "object" not in line]
    assert lost == [], "what is said of a resource can be found by it"
    assert json.dumps(_PASSWORD)[1:-1] not in world.log
    assert _PASSWORD not in world.log


async def test_a_steady_state_and_a_failure_that_goes_on_write_no_lines(open_own_world: OpenWorld) -> None:
    world = await open_own_world(operator=OperatorOptions(log_format="json", resync_s=1.0))
    await world.bring_up(cluster("store-1", control("edge-a")))
    await world.passes(2)
    before = len(_lines(world))
    await world.passes(6)
    assert len(_lines(world)) == before, "nothing happened, and nothing is said"

    refuse = {"method": "POST", "path": "/v1/edgehosts", "count": None, "status": 400, "code": "NoRoom"}
    world.palette.injections.add_fault(FaultSpec.model_validate(refuse))
    await world.apply(edge_host("edge-b"))
    tries = 2
    await world.eventually(lambda: world.requests_to("POST", "/v1/edgehosts") >= 1 + tries, "it is tried again")

    said = Counter((line["message"], line.get("action")) for line in _lines(world)[before:])
    assert [each for each, count in said.items() if count > 1] == []
    assert any("edge-b" in message for message, _ in said)


def _lines(world: World) -> list[dict[str, Any]]:
    return [json.loads(line) for line in world.log.splitlines()]
