"""The how-tos on installing, upgrading and uninstalling, followed in this order by one reader.

On a genuine API server of their own, with Palette simulated. It has no nodes: where a page lets the pods run, the
scenario runs what the Deployment says, as its account.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from palette_sim.palette import SimulatedPalette
from support.howto import ROOT, Followed, Reader, follow
from support.scenarios import manifests
from support.scenarios.control_plane import running_control_plane
from support.scenarios.helm import Helm
from support.scenarios.operator_process import OperatorProcess
from support.scenarios.world import World, check_in_step, fast_palette

_PAGES = ROOT / "docs" / "how-to"
_CREATE = "/v1/spectroclusters/edge-native"


async def test_one_reader_installs_upgrades_and_uninstalls(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if request.config.getoption("--control-plane") != "genuine":
        pytest.skip("the embedded API server has no Deployments and no Jobs")
    async with running_control_plane("genuine", tmp_path) as plane, AsyncExitStack() as running:
        helm = Helm(plane, "palette-system")
        # Named for its namespace and log alone: what runs is what the Deployment says.
        never_started = OperatorProcess(plane, "emea-retail", helm.namespace)
        async with SimulatedPalette(fast_palette()) as palette:
            world = World("retail", plane, palette, never_started)
            in_place_of = {
                "https://api.spectrocloud.com": palette.endpoint,
                "    project: retail-prod": "    poll: {fleetSeconds: 1}\n    project: retail-prod",
            }

            async def create_an_api_key() -> None:
                (tmp_path / "install" / "key.txt").write_text(manifests.API_KEY)

            async def let_the_pods_run() -> None:
                await running.aclose()
                await running.enter_async_context(helm.deployed())

            async def followed(page: str, by_hand: Mapping[str, Callable[[], Awaitable[object]]]) -> Followed:
                desk = tmp_path / page
                desk.mkdir()
                if page != "install":
                    (desk / "values.yaml").write_text((tmp_path / "install" / "values.yaml").read_text())
                async with helm.jobs_played():
                    example = in_place_of if page == "install" else {}
                    reader = Reader(desk, plane.kubeconfig, in_place_of=example, by_hand=by_hand)
                    return await follow(_PAGES / f"{page}.md", reader)

            installed = await followed(
                "install", {"create an API key": create_an_api_key, "let the pods run": let_the_pods_run}
            )
            reference = {"connectionRef": {"name": "default"}}
            await world.apply(
                manifests.edge_host("edge-a", **reference),
                manifests.cluster("store", manifests.control("edge-a"), **reference),
            )
            await world.until("PaletteCluster", "store", "Ready")
            upgraded = await followed("upgrade", {"let the new pods run": let_the_pods_run})
            await check_in_step(world)
            uninstalled = await followed(
                "uninstall", {"let the pods go": running.aclose, "let the pods run": let_the_pods_run}
            )

            assert (installed.commands, installed.files) == (7, 1)
            assert (upgraded.commands, upgraded.files) == (6, 0)
            assert (uninstalled.commands, uninstalled.files) == (12, 0)
            assert [arguments for arguments, _, _ in helm.ran] == [["crds", "apply", "--field-manager=helm"]] * 3
            assert world.requests_to("POST", _CREATE) == 1
            assert "DELETE" not in {entry.method for entry in world.requests()}
            assert [cluster.name for cluster in world.palette.clusters.values()] == ["store"]
            kinds = await plane.kubernetes.list("CustomResourceDefinition")
            assert [kind["metadata"]["name"] for kind in kinds if "deletionTimestamp" not in kind["metadata"]] == []
