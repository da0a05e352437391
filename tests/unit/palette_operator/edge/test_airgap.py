"""What a connected host refuses is never sent to one. Source: Palette docs, "List of Endpoints Unavailable to Connected
Edge Hosts"."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from palette_operator.domain.errors import Stalled, Unavailable
from palette_operator.domain.identifiers import ProfileUid
from palette_operator.domain.local import LocalVariable
from palette_operator.edge.client import EdgeClient
from palette_operator.edge.operations import every_operation
from support.edge_host import HOST, SETTINGS, THIS_HOST, EdgeHost, answer
from support.virtual_clock import settle

CLUSTER = "/v1/edge-mgmt/cluster"
BODY = {"metadata": {"name": "store"}}
REFUSED: dict[str, Callable[[EdgeClient], Awaitable[object]]] = {
    f"POST {CLUSTER}": lambda c: c.create_cluster(BODY),
    f"PUT {CLUSTER} and PUT {CLUSTER}/{{clusterName}}": lambda c: c.update_cluster("store", BODY),
    f"PATCH {CLUSTER} and PATCH {CLUSTER}/{{clusterName}}": lambda c: c.patch_cluster("store", [BODY], whole=BODY),
    f"PUT {CLUSTER}/profiles": lambda c: c.update_profiles("/archive"),
    f"PUT {CLUSTER}/settings": lambda c: c.update_settings([], []),
    f"POST {CLUSTER}/profiles/variables/validate": lambda c: c.validate_variables(
        "/archive", [LocalVariable("city", ProfileUid("p"), "Bern")]
    ),
}
CONNECTED = {
    "by its settings": {f"GET {SETTINGS}": answer(200, {"installationMode": "connected"})},
    "by its settings, whatever its facts say": {
        f"GET {SETTINGS}": answer(200, {"installationMode": "connected"}),
        f"GET {HOST}": answer(200, THIS_HOST),
    },
    "by its facts, having no settings": {
        f"GET {SETTINGS}": answer(404),
        f"GET {HOST}": answer(200, {**THIS_HOST, "spec": {"connectionMode": "connected"}}),
    },
    "by its facts, its router knowing no settings": {
        f"GET {SETTINGS}": answer(404, {"code": 404, "message": "path /v1/edge-mgmt/settings was not found"}),
        f"GET {HOST}": answer(200, {**THIS_HOST, "spec": {"connectionMode": "connected"}}),
    },
}
NOT_TOLD = {
    "tells no mode": {
        f"GET {SETTINGS}": answer(200, {}),
        f"GET {HOST}": answer(200, {**THIS_HOST, "spec": {}}),
    },
    "tells a mode that is not known": {f"GET {SETTINGS}": answer(200, {"installationMode": "hybrid"})},
    "does not answer": {f"GET {SETTINGS}": answer(503)},
    "answers with a page": {f"GET {SETTINGS}": httpx.Response(200, text="<html>")},
}


def test_the_table_names_every_operation_that_the_introduction_lists_in_both_spellings() -> None:
    listed = {spelling for calls in REFUSED for spelling in calls.split(" and ")}

    assert listed == {f"{each.method} {each.template}" for each in every_operation() if each.airgap_only}


@pytest.mark.parametrize("answers", CONNECTED.values(), ids=CONNECTED)
@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
async def test_a_connected_host_is_sent_none_of_them(
    call: Callable[[EdgeClient], Awaitable[object]], answers: dict[str, object]
) -> None:
    host = EdgeHost(answers)  # type: ignore[arg-type]

    with pytest.raises(Stalled, match="connected to Palette") as caught:
        await call(host.client())

    assert caught.value.reason == "HostIsConnected"
    assert {method for method, _ in (asked.split(" ") for asked in host.asked())} == {"GET"}


@pytest.mark.parametrize("answers", NOT_TOLD.values(), ids=NOT_TOLD)
@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
async def test_a_host_whose_mode_is_not_known_is_sent_none_of_them(
    call: Callable[[EdgeClient], Awaitable[object]], answers: dict[str, object]
) -> None:
    host = EdgeHost(answers)  # type: ignore[arg-type]

    with pytest.raises(Unavailable):
        await call(host.client())

    assert {method for method, _ in (asked.split(" ") for asked in host.asked())} == {"GET"}


async def test_the_mode_is_read_afresh_before_each_of_them() -> None:
    modes = [answer(200, {"installationMode": mode}) for mode in ("airgap", "connected")]
    host = EdgeHost({f"GET {SETTINGS}": list(modes), f"PUT {CLUSTER}/profiles": answer(202, {"message": "ok"})})
    client = host.client()
    await client.update_profiles("/archive")

    with pytest.raises(Stalled, match="connected to Palette"):
        await client.update_profiles("/archive")

    assert host.asked().count(f"PUT {CLUSTER}/profiles") == 1


async def test_a_change_that_waits_for_its_turn_is_not_sent_by_what_the_mode_was_before() -> None:
    profiles, modes = f"PUT {CLUSTER}/profiles", ["airgap"]
    go = asyncio.Event()
    host = EdgeHost(
        {
            f"GET {SETTINGS}": lambda _: answer(200, {"installationMode": modes[-1]}),
            profiles: answer(202, {"message": "ok"}),
        }
    )

    async def hold(request: httpx.Request) -> None:
        if request.method == "PUT":
            await go.wait()

    host.before = hold
    client = host.client()
    first, second = (asyncio.create_task(client.update_profiles("/archive")) for _ in range(2))
    await settle()
    modes.append("connected")
    go.set()
    await first

    with pytest.raises(Stalled, match="connected to Palette"):
        await second
    assert host.asked().count(profiles) == 1
