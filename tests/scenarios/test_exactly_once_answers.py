"""Exactly once: whatever becomes of the answer to a create, and whoever else creates at the same time."""

from __future__ import annotations

import json
import os
import signal

import pytest

from support.create_points import CREATE, CreatePoint
from support.fault_proxy import Canned, Phase, Then
from support.killing_ground import LONGEST_LAG_S, KillingGround, cluster_on, killing_ground, scaled_palette
from support.scenarios.control_plane import ControlPlane
from support.scenarios.kubernetes import condition
from support.scenarios.operator_process import OperatorProcess

THE_POST = CreatePoint("the POST", "palette", Phase.BEFORE)
AFTER_THE_FENCE = CreatePoint("the fence", "kubernetes", Phase.AFTER)

GATEWAY = Canned(503, "<html><h1>503 Service Unavailable</h1></html>", "text/html")
OPERATIONAL = Canned(500, json.dumps({"code": "ClusterCreateFailed", "message": "Try again."}))

UNCERTAIN: dict[str, tuple[Phase, Then | Canned]] = {
    "created, and the answer is lost": (Phase.AFTER, Then.DROP),
    "created, and a gateway says 503": (Phase.AFTER, GATEWAY),
    "created, and Palette says 500 with a code": (Phase.AFTER, OPERATIONAL),
    "created, and the answer cannot be read": (Phase.AFTER, Canned(201, '{"uid": ')),
    "not created, and the connection breaks": (Phase.BEFORE, Then.DROP),
    "not created, and a gateway says 503": (Phase.BEFORE, GATEWAY),
    "not created, and Palette says 500 with a code": (Phase.BEFORE, OPERATIONAL),
    "not created, and throttled": (Phase.BEFORE, Canned(429, "Too Many Requests", "text/plain")),
}


@pytest.mark.parametrize("duplicate_names", ["accept", "refuse"])
async def test_whatever_is_answered_to_the_post_there_is_one_cluster_of_each_name(
    control_plane: ControlPlane, duplicate_names: str
) -> None:
    palette = scaled_palette(search_lag_s=LONGEST_LAG_S, duplicate_names=duplicate_names)
    async with killing_ground(control_plane, palette=palette) as ground:
        names = [f"store-{number}" for number, _ in enumerate(UNCERTAIN)]
        stops = [
            ground.palette.stop_at(what, THE_POST.of(name), phase, then=then)
            for name, (what, (phase, then)) in zip(names, UNCERTAIN.items(), strict=True)
        ]

        await ground.apply_clusters(names)

        for name in names:
            await ground.until_created(name)
        assert [stop.name for stop in stops if not stop.hit.is_set()] == []
        assert ground.creations() == len(names)


async def test_a_refused_create_waits_for_a_person_and_begins_anew_when_the_spec_is_changed(
    control_plane: ControlPlane,
) -> None:
    refusal = Canned(400, json.dumps({"code": "InvalidRequestPayload", "message": "spec is wrong"}))
    async with killing_ground(control_plane, palette=scaled_palette()) as ground:
        ground.palette.stop_at("refused", THE_POST.of("refused"), Phase.BEFORE, then=refusal)
        [host] = await ground.add_hosts(1)
        await ground.world.apply(cluster_on("refused", host))

        body = await ground.world.until("PaletteCluster", "refused", "Synced=RemoteRejected")

        assert condition(body, "Stalled")["status"] == "True"
        assert "pendingOperation" not in body["status"]
        await ground.world.apply(cluster_on("refused", host, tags={"corrected": "yes"}))
        await ground.until_created("refused")


async def test_a_cluster_that_palette_does_not_show_by_uid_yet_is_not_created_again(
    control_plane: ControlPlane,
) -> None:
    palette = scaled_palette(search_lag_s=LONGEST_LAG_S, durations={"cluster_absent_s": 55})
    async with killing_ground(control_plane, palette=palette) as ground:
        stop = ground.kill_at(CreatePoint("the uid", "kubernetes", Phase.AFTER), "unseen")
        await ground.apply_clusters(["unseen"])
        await ground.dies_at(stop)

        await ground.until_created("unseen")
        assert ground.creations() == 1


async def test_two_operators_of_the_same_id_that_run_at_once_create_one_cluster_of_each_name(
    control_plane: ControlPlane,
) -> None:
    async with killing_ground(control_plane, palette=scaled_palette(search_lag_s=LONGEST_LAG_S)) as ground:
        rival = _rival(ground)
        try:
            await rival.start()
            await ground.world.eventually(
                lambda: ground.world.operator.log.count("authentication has finished") >= 2, "both work"
            )
            names = [f"store-{number}" for number in range(8)]
            for name, host in zip(names, await ground.add_hosts(len(names)), strict=True):
                manifest = cluster_on(name, host)
                # Written by one of them, it would already turn the other away.
                manifest["metadata"]["finalizers"] = ["palette.spectrocloud.com/protect"]
                await ground.world.apply(manifest)

            for name in names:
                await ground.until_created(name)
            assert ground.creations() == len(names)
        finally:
            await rival.kill()


async def test_a_leader_that_stood_still_behind_its_fence_sends_nothing_when_it_goes_on(
    control_plane: ControlPlane,
) -> None:
    async with killing_ground(control_plane, palette=scaled_palette(search_lag_s=LONGEST_LAG_S)) as ground:
        rival = _rival(ground)
        frozen = ground.world.operator.pid
        stop = ground.kubernetes.stop_at(
            "the fence is written",
            AFTER_THE_FENCE.of("store"),
            Phase.AFTER,
            on_hit=lambda: os.kill(frozen, signal.SIGSTOP),
            then=Then.GO_ON,
        )
        try:
            await ground.apply_clusters(["store"])
            await ground.world.eventually(stop.hit.is_set, "the first leader stands still")
            await rival.start()
            await ground.until_created("store")

            since = len(ground.world.requests())
            os.kill(frozen, signal.SIGCONT)

            await ground.world.eventually(lambda: len(ground.world.requests(since)) > 10, "both leaders go on")
            await ground.until_created("store")
            assert [entry for entry in ground.world.requests(since) if entry.path == CREATE] == []
        finally:
            await rival.kill()


def _rival(ground: KillingGround) -> OperatorProcess:
    """Return a second process of the same operator, as after a failover that the first has not noticed."""
    first = ground.world.operator
    return OperatorProcess(first.plane, first.operator_id, first.namespace, first.options)
