"""`palette-operator doctor` and `status` as a person runs them, against a real API server and a simulated Palette."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.scenarios import manifests
from support.scenarios.accounts import Account
from support.scenarios.commands import doctor, status
from support.scenarios.control_plane import ControlPlane, running_control_plane
from support.scenarios.kubernetes import GROUP
from support.scenarios.waiting import eventually
from support.scenarios.world import World

_DEAD_KEY = "planted-dead-key-93c1"
_CRD = f"edgehosts.{GROUP}"


def by_check(printed: str, subject: str) -> Mapping[str, list[str]]:
    """Return the verdicts of each check on a subject."""
    report: dict[str, Any] = json.loads(printed)
    (section,) = [each for each in report["sections"] if each["subject"] == subject]
    found: dict[str, list[str]] = {}
    for finding in section["findings"]:
        found.setdefault(finding["check"], []).append(finding["verdict"])
    return found


async def test_a_healthy_set_up_exits_with_0(world: World) -> None:
    await world.bring_up(manifests.cluster("store", manifests.control("edge-a")))

    operator = Account(world.operator.namespace).user
    code, printed, _ = await doctor(world.plane, world.operator.namespace, world.name, "--json", "--as", operator)

    assert code == 0, printed
    assert by_check(printed, "Kubernetes")["crds"] == ["ok"] * 3
    assert by_check(printed, "Kubernetes")["rbac"] == ["ok"]
    found = by_check(printed, f"PaletteConnection {world.name}")
    assert found["reported"] == found["credential"] == found["fleet"] == ["ok"]
    assert found["read-permissions"] == ["ok", "ok"]


async def test_status_shows_what_is_ready(world: World) -> None:
    await world.bring_up(manifests.cluster("store", manifests.control("edge-a")))

    code, printed, said = await status(world.plane, world.name, "store")

    assert (code, said) == (0, "")
    assert "store" in printed


async def test_a_dead_key_exits_with_1_and_is_never_shown(world: World) -> None:
    await world.set_api_key(_DEAD_KEY)

    code, printed, said = await doctor(world.plane, world.operator.namespace, world.name, "--json")
    plain_code, plain, plain_said = await doctor(world.plane, world.operator.namespace, world.name)

    assert (code, plain_code) == (1, 1)
    assert by_check(printed, f"PaletteConnection {world.name}")["credential"] == ["failure"]
    assert "Palette refuses the credential" in " ".join(plain.split())
    assert _DEAD_KEY not in printed + said + plain + plain_said


async def test_a_missing_crd_exits_with_1_and_the_rest_is_looked_at(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    # An API server of its own: the others' resources would go with the CRD.
    async with running_control_plane(control_plane.kind, tmp_path) as own:

        async def gone() -> bool:
            return await own.kubernetes.get("CustomResourceDefinition", _CRD) is None

        await own.kubernetes.delete("CustomResourceDefinition", _CRD)
        await eventually(gone, "the CRD is gone")
        code, printed, _ = await doctor(own, "default", "--json")

    assert code == 1
    assert by_check(printed, "Kubernetes")["crds"] == ["ok", "failure", "ok"]
    assert f"{_CRD} is not installed" in printed
