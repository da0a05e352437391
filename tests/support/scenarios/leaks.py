"""Everything that an operator writes, and whether a secret is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import httpx

from support.scenarios.world import CLUSTER_SCOPED, KINDS, World


async def all_written(world: World) -> dict[str, str]:
    """Return all that the operator of a world wrote, by place; it must serve metrics."""
    return {
        "the log": world.operator.log,
        "events": json.dumps(await world.kubernetes.list("Event", world.name)),
        "events of connections": json.dumps(await world.kubernetes.list("Event", "default")),
        "resources": json.dumps(
            [await world.kubernetes.list(kind, "" if kind in CLUSTER_SCOPED else world.name) for kind in KINDS]
        ),
        "metrics": await _metrics(world),
    }


def found_in(written: Mapping[str, str], planted: Iterable[str]) -> list[str]:
    """Name each secret that is somewhere, as it is or quoted as in JSON."""
    secrets = {each: {each, json.dumps(each)[1:-1], json.dumps(json.dumps(each))[3:-3]} for each in planted}
    return [
        f"{secret} in {where}"
        for where, text in written.items()
        for secret, spellings in secrets.items()
        if any(spelling in text for spelling in spellings)
    ]


async def _metrics(world: World) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(f"http://127.0.0.1:{world.operator.metrics_port}/metrics")
    return reply.raise_for_status().text
