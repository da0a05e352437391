"""What somebody changes in Palette behind the operator's back while a cluster runs."""

from __future__ import annotations

from support.scenarios.kubernetes import condition
from support.scenarios.manifests import cluster, control
from support.scenarios.world import World


async def test_drift_is_corrected_and_told(world: World) -> None:
    before = await world.bring_up(cluster("store-1", control("edge-a"), tags={"site": "42"}))
    uid = world.cluster("store-1").uid

    world.palette.people.edit_cluster(uid, labels={**world.cluster("store-1").labels, "site": "7", "owner": "jo"})
    await world.eventually(lambda: world.cluster("store-1").labels["site"] == "42", "the tag is put back")

    told = await world.until_event("store-1", "Updated")
    assert told["message"] == "set tags site"
    assert world.tags("store-1") == {"site": "42", "owner": "jo"}
    await world.until("PaletteCluster", "store-1", "Ready")
    assert world.writes(before) == [f"PATCH /v1/spectroclusters/{uid}/metadata"]


async def test_a_profile_that_was_changed_in_the_ui_is_put_back(world: World) -> None:
    before = await world.bring_up(cluster("store-1", control("edge-a")))
    uids = {v.version: v.uid for v in world.palette.state.profile_versions.values() if v.name == "edge-base"}

    world.edit_profiles("store-1", {"uid": uids["1.5.0"], "replaceWithProfile": uids["1.4.0"]})
    await world.eventually(lambda: bool(world.writes(before)), "the operator has put it back")
    await world.until("PaletteCluster", "store-1", "Ready")

    assert [p.version.version for p in world.cluster("store-1").profiles] == ["1.4.0"]


async def test_a_lost_mark_is_put_back(world: World) -> None:
    await world.bring_up(cluster("store-1", control("edge-a"), tags={"site": "42"}))
    mark = {k: v for k, v in world.cluster("store-1").labels.items() if k.startswith("palette-operator-")}

    world.palette.people.edit_cluster(world.cluster("store-1").uid, labels={"site": "42"})
    await world.eventually(lambda: mark.items() <= world.cluster("store-1").labels.items(), "the mark is back")

    assert set(mark) == {"palette-operator-owner", "palette-operator-instance"}


async def test_drift_is_only_reported_where_that_was_asked_for(world: World) -> None:
    manifest = cluster("store-1", control("edge-a"), tags={"site": "42"}, drift={"policy": "Report"})
    before = await world.bring_up(manifest)

    world.palette.people.edit_cluster(
        world.cluster("store-1").uid, labels={**world.cluster("store-1").labels, "site": "7"}
    )
    found = await world.until("PaletteCluster", "store-1", "Drifted")
    await world.passes(2)

    assert condition(found, "Drifted")["message"] == (
        "Palette differs from the spec at /spec/tags/site; spec.drift.policy is Report"
    )
    assert condition(found, "Synced")["status"] == "True"
    assert world.writes(before) == []
    assert world.cluster("store-1").labels["site"] == "7"


async def test_drift_that_is_ignored_is_left_alone(world: World) -> None:
    tags = {"site": "42", "owner": "ops"}
    manifest = cluster("store-1", control("edge-a"), tags=tags, drift={"ignore": ["/spec/tags/owner"]})
    before = await world.bring_up(manifest)

    world.palette.people.edit_cluster(
        world.cluster("store-1").uid, labels={**world.cluster("store-1").labels, "owner": "jo"}
    )
    await world.passes(2)

    assert world.writes(before) == []
    assert world.tags("store-1") == {"site": "42", "owner": "jo"}
