"""The commands of docs/runbooks, run as whoever is called runs them: each works, whatever there is to see."""

from __future__ import annotations

from pathlib import Path

from support.howto import ROOT, Followed, Reader, follow
from support.scenarios.manifests import cluster, control, edge_host
from support.scenarios.world import World

_RUNBOOKS = ROOT / "docs" / "runbooks"
_PAGES = sorted(_RUNBOOKS.glob("*.md"))
_NO_PODS = "there are no pods"
# By the runbook on deletions that are held.
_KEPT = {"spec": {"allow": {"delete": False, "adoptForeign": True}}}


async def _follow(page: Path, world: World, folder: Path) -> Followed:
    return await follow(page, _reader(page, world, folder))


def _reader(page: Path, world: World, folder: Path) -> Reader:
    """Return a reader with this world's names in place of the page's."""
    own_names = {
        "retail": world.name,
        "pcon default": f"pcon {world.name}",
        "doctor default": f"doctor {world.name} -n {world.operator.namespace}",
        "palette-system": world.operator.namespace,
    }
    text = page.read_text(encoding="utf-8")
    named = {example: own for example, own in own_names.items() if example in text}
    desk = folder / page.stem
    desk.mkdir()
    return Reader(desk, world.plane.kubeconfig, in_place_of=named, looks_for_s=5.0)


async def test_every_command_of_a_runbook_can_be_run(world: World, tmp_path: Path) -> None:
    await world.apply(edge_host("edge-0042-a"))
    await world.bring_up(cluster("store-0042", control("edge-0042-a")))

    done = {page.stem: await _follow(page, world, tmp_path) for page in _PAGES}
    await world.take_note("PaletteConnection", world.name, _KEPT)
    await world.take_note("PaletteCluster", "store-0042", {})  # a look was asked for, by annotation

    assert len(done) >= 20
    assert {reason for page in done.values() for reason in page.not_followed} == {_NO_PODS}
    # There, all that helps to find the cause is the log, or a query.
    assert {name for name, page in done.items() if not page.commands} == {
        "PaletteApiErrors",
        "PaletteOperatorBacklog",
        "PaletteOperatorDown",
        "PaletteOperatorReconcileErrors",
        "PaletteOperatorRestarting",
    }


async def test_what_was_deleted_by_mistake_stays_in_palette_by_its_runbook(world: World, tmp_path: Path) -> None:
    await world.patch("PaletteConnection", world.name, {"spec": {"guard": {"maxDeletesPerHour": 0}}})
    await world.bring_up(cluster("store-0042", control("edge-a"), deletion={"policy": "Delete"}))
    await world.delete("PaletteCluster", "store-0042")
    await world.until("PaletteCluster", "store-0042", "DeletionHeld=HeldByGuard")

    await _follow(_RUNBOOKS / "PaletteDeletionsHeld.md", world, tmp_path)
    await world.take_note("PaletteConnection", world.name, _KEPT)
    await world.until_gone("PaletteCluster", "store-0042")

    assert world.cluster("store-0042")
    assert "LeftBehind" not in {event["reason"] for event in await world.events("store-0042")}
    await world.apply(cluster("store-0042", control("edge-a"), adoption={"policy": "IfExists"}))
    await world.until("PaletteCluster", "store-0042", "Ready")
    assert len(world.clusters("store-0042")) == 1
