from __future__ import annotations

import asyncio
import contextlib

import httpx
import pytest

from palette_sim.kube_api import LACKS, EmbeddedKubernetes, Fault

NAMESPACES = "/api/v1/namespaces"
SECRETS = "/api/v1/namespaces/default/secrets"


async def test_requests_are_counted_by_verb_resource_and_status(
    api: httpx.AsyncClient, server: EmbeddedKubernetes
) -> None:
    await api.delete("/_sim/requests")
    await api.get(NAMESPACES)
    for _ in range(2):
        await api.post(SECRETS, json={"metadata": {"name": "s"}})
    assert (await api.get("/_sim/requests")).json() == server.requests()
    assert server.requests() == {
        "requests": [
            {"verb": "create", "resource": "secrets", "code": 201, "count": 1},
            {"verb": "create", "resource": "secrets", "code": 409, "count": 1},
            {"verb": "list", "resource": "namespaces", "code": 200, "count": 1},
        ],
        "writes": {"secrets": 1},
    }


async def test_a_fault_meets_its_requests_and_no_others(api: httpx.AsyncClient) -> None:
    fault = {"verb": "list", "resource": "secrets", "status": 503, "count": 2, "message": "no", "retry_after_s": 7}
    await api.post("/_sim/faults", json=fault)
    answers = [await api.get(path) for path in (NAMESPACES, SECRETS, SECRETS, SECRETS)]
    assert [answer.status_code for answer in answers] == [200, 503, 503, 200]
    assert (answers[1].headers["Retry-After"], answers[1].json()["message"]) == ("7", "no")


async def test_a_connection_can_break_after_the_write_took_effect(
    api: httpx.AsyncClient, server: EmbeddedKubernetes
) -> None:
    server.inject(Fault(verb="create", status=0, after_effect=True))
    with pytest.raises(httpx.TransportError):
        await api.post(SECRETS, json={"metadata": {"name": "s"}})
    assert (await api.get(f"{SECRETS}/s")).status_code == 200


async def test_a_fault_with_an_unknown_member_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.post("/_sim/faults", json={"wreb": "list"})
    assert (answer.status_code, answer.json()["message"]) == (400, "a fault has no wreb")


async def test_a_frozen_server_answers_when_it_thaws(api: httpx.AsyncClient) -> None:
    await api.post("/_sim/freeze", json={"seconds": 3600})
    asked = asyncio.create_task(api.get(NAMESPACES))
    done, _ = await asyncio.wait({asked}, timeout=0.2)
    assert not done
    await api.post("/_sim/freeze", json={"seconds": 0})
    assert (await asked).status_code == 200


async def test_a_restarted_server_has_its_objects_and_not_its_history(
    api: httpx.AsyncClient, server: EmbeddedKubernetes
) -> None:
    version = (await api.get(SECRETS)).json()["metadata"]["resourceVersion"]
    await api.post(SECRETS, json={"metadata": {"name": "s"}})
    async with api.stream("GET", SECRETS, params={"watch": "true", "resourceVersion": version}) as watch:
        restarting = asyncio.create_task(server.restart(0.5))
        with pytest.raises(httpx.TransportError):
            await watch.aread()
    with pytest.raises(httpx.ConnectError):
        await api.get(SECRETS)
    await restarting

    assert (await api.get(f"{SECRETS}/s")).status_code == 200
    refused = await api.get(SECRETS, params={"watch": "true", "resourceVersion": version, "timeoutSeconds": "1"})
    assert refused.json()["object"]["code"] == 410


async def test_a_server_that_is_asked_to_restart_is_gone_meanwhile(api: httpx.AsyncClient) -> None:
    with contextlib.suppress(httpx.TransportError):
        await api.post("/_sim/restart", json={"seconds": 3600})

    with pytest.raises(httpx.TransportError):
        await api.get(NAMESPACES)


async def test_the_server_says_what_it_lacks(api: httpx.AsyncClient) -> None:
    assert (await api.get("/_sim/lacks")).json() == dict(LACKS)
    assert {"CEL", "RBAC", "field ownership"} <= LACKS.keys()
