"""A connection in tenant scope: it has no project of its own, and each resource names one that it allows."""

from __future__ import annotations

from pydantic import SecretStr

from palette_sim.palette.seed import KeySeed
from support.scenarios.kubernetes import condition
from support.scenarios.manifests import API_KEY, edge_host
from support.scenarios.world import World

LAB = "retail-lab"
LAB_KEY = "lab-key"


async def test_in_tenant_scope_each_resource_names_its_project_and_the_key_must_see_the_tenant(world: World) -> None:
    await world.until("PaletteConnection", world.name, lambda body: "projectUid" in body.get("status", {}))
    await world.connect(project="tenant", allowedProjects=[LAB])
    await world.until("PaletteConnection", world.name, "Ready")
    await world.apply(edge_host("edge-a"), edge_host("edge-b", project=LAB))
    lost = await world.until("EdgeHost", "edge-a", "CredentialsValid=ProjectNotFound")
    await world.until("EdgeHost", "edge-b", "Ready")

    assert condition(lost, "CredentialsValid")["message"] == (
        f"the resource names no project, and PaletteConnection {world.name!r} has no default: set spec.project to one "
        "of its allowedProjects"
    )
    assert condition(lost, "Stalled")["status"] == "True"
    lab = world.palette.state.project_named(LAB)
    told = (await world.until("PaletteConnection", world.name, lambda body: _hosts(body) == 1))["status"]
    assert "projectUid" not in told
    assert [(project["name"], project["uid"]) for project in told["projects"]] == [(LAB, lab.uid)]
    assert set(world.palette.hosts) == {"edge-b"}

    await world.apply(edge_host("edge-a", project=LAB))
    await world.until("EdgeHost", "edge-a", "Ready")

    world.palette.access.add_key(KeySeed(name=LAB_KEY, key=SecretStr(LAB_KEY), projects=[LAB]), {LAB: lab.uid})
    await world.set_api_key(LAB_KEY)
    refused = await world.until("PaletteConnection", world.name, "CredentialsValid=Forbidden")
    assert "use the credential of a tenant administrator" in condition(refused, "CredentialsValid")["message"]
    await world.set_api_key(API_KEY)
    await world.until("PaletteConnection", world.name, "Ready")
    await world.until("EdgeHost", "edge-b", "Ready")
    assert world.traces() == []


def _hosts(body: dict[str, object]) -> object:
    status = body.get("status")
    counts = status.get("edgeHosts") if isinstance(status, dict) else None
    return counts.get("total") if isinstance(counts, dict) else None
