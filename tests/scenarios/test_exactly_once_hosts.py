"""Exactly once: edge hosts, whose uid is the device's own, whatever becomes of the answer to a registration."""

from __future__ import annotations

import pytest

from palette_sim.palette import HostOrder
from support.fault_proxy import Canned, Matcher, Phase, Then
from support.killing_ground import LONGEST_LAG_S, killing_ground, scaled_palette
from support.scenarios.control_plane import ControlPlane
from support.scenarios.manifests import PROJECT, edge_host

OWNER_LABEL = "palette-operator-owner"
ANSWERS: dict[str, tuple[Phase, Then | Canned]] = {
    "registered, and the answer is lost": (Phase.AFTER, Then.DROP),
    "registered, and a gateway says 503": (Phase.AFTER, Canned(503, "<html></html>", "text/html")),
    "not registered, and the connection breaks": (Phase.BEFORE, Then.DROP),
    "not registered, and throttled": (Phase.BEFORE, Canned(429, "Too Many Requests", "text/plain")),
}


@pytest.mark.parametrize("existing_host", ["refuse", "overwrite"])
async def test_whatever_is_answered_to_a_registration_each_device_is_registered_once_and_marked(
    control_plane: ControlPlane, existing_host: str
) -> None:
    palette = scaled_palette(search_lag_s=LONGEST_LAG_S, existing_host=existing_host)
    async with killing_ground(control_plane, palette=palette) as ground:
        names = [f"edge-{number:04}" for number, _ in enumerate(ANSWERS)]
        stops = [
            ground.palette.stop_at(what, _registration(name), phase, then=then)
            for name, (what, (phase, then)) in zip(names, ANSWERS.items(), strict=True)
        ]
        people = ground.world.palette.people
        stops.append(
            ground.palette.stop_at(
                "the device registers itself just before",
                _registration("self-0001"),
                Phase.BEFORE,
                on_hit=lambda: people.add_hosts(HostOrder(PROJECT, prefix="self")),
                then=Then.GO_ON,
            )
        )
        names.append("self-0001")

        await ground.world.apply(
            *(edge_host(name, tags={"site": "42"}, adoption={"policy": "IfExists"}) for name in names)
        )

        for name in names:
            body = await ground.world.until("EdgeHost", name, "Ready")
            assert body["status"]["uid"] == name
            assert ground.world.host(name).labels["site"] == "42"
            assert OWNER_LABEL in ground.world.host(name).labels
        assert [stop.name for stop in stops if not stop.hit.is_set()] == []
        assert sorted(ground.world.palette.hosts) == sorted(names)


def _registration(uid: str) -> Matcher:
    return Matcher("POST", "/v1/edgehosts", lambda body: bool(body["metadata"]["uid"] == uid))
