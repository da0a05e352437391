"""A leader that is killed right after its POST, and what the next one does while no search shows the cluster."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from palette_operator.palette import lookup
from palette_sim.palette import PaletteConfig
from support.builders import NOW
from support.palette_api import serve_palette
from support.whole_look import STORE, WholeLook, cluster_of, open_look

POST = "POST /v1/spectroclusters/edge-native"
LAG_S = 60
"""As long as the operator is told."""
PERMIT_S = 29
LEASE_S = 12
PACE_S = 5


class Killed(BaseException):
    """The process ended there."""


def dies_after_the_post(asked: str, answer: Any) -> Any:  # noqa: ANN401 - JSON
    if asked == POST:
        raise Killed
    return answer


async def pass_and_look(look: WholeLook, times: int = 1) -> None:
    for _ in range(times):
        await look.list_fleet()
        await look.look_at(STORE)


async def test_a_post_that_left_late_and_is_shown_late_is_not_sent_again_by_the_next_leader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookup, "SEARCH_EVERY_S", 0.0)
    async with serve_palette(PaletteConfig.model_validate({"limits": "off", "search_lag_s": LAG_S})) as api:
        [host] = api.ready_hosts(1)
        api.time.advance(2 * LAG_S)
        began_s = api.time()
        async with open_look(
            api, cluster_of(host), clock=lambda: NOW + timedelta(seconds=api.time() - began_s)
        ) as look:

            def wait_for_the_permit(what: str) -> None:
                if what == "status":
                    api.time.advance(PERMIT_S)

            look.kube.before_write = wait_for_the_permit
            look.network.loss = dies_after_the_post
            with pytest.raises(Killed):
                await pass_and_look(look, times=3)

            look.kube.before_write = lambda _: None
            look.network.loss = None
            api.time.advance(LEASE_S)
            look.start_anew()
            while "uid" not in look.kube.bodies[STORE]["status"]:
                await pass_and_look(look)
                api.time.advance(PACE_S)

            assert look.network.asked.count(POST) == 1
            [cluster] = api.palette.clusters.values()
            assert look.kube.bodies[STORE]["status"]["uid"] == cluster.uid
