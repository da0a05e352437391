"""The how-to on two management clusters, followed with three: the session's, and two embedded ones beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import yaml

from support.howto import ROOT, Followed, Reader, follow
from support.scenarios import manifests
from support.scenarios.control_plane import ControlPlane, running_control_plane
from support.scenarios.operator_process import OperatorOptions, OperatorProcess
from support.scenarios.world import open_world

_PAGE = ROOT / "docs" / "how-to" / "two-clusters.md"
_NO_NODES = "the pods that Helm makes need nodes to run on"
_CREATE = "/v1/spectroclusters/edge-native"


async def test_two_management_clusters_work_beside_each_other_and_take_over_from_each_other(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    async with _management_clusters(control_plane, tmp_path) as clusters:
        emea, apac, apac_2 = clusters.values()
        async with open_world(control_plane, emea, name=emea.options.watch[0], connect=False) as world:
            desk = tmp_path / "desk"
            desk.mkdir()

            async def create_an_api_key() -> None:
                (desk / "key.txt").write_text(manifests.API_KEY)

            async def run_both() -> None:
                await emea.start()
                await apac.start()

            async def set_takeover() -> None:
                await apac_2.stop()
                apac_2.options = replace(apac_2.options, takeover=True)
                await apac_2.start()

            written = list[str]()

            async def bring_apac_back() -> None:
                written.extend(world.writes())
                await apac.start()

            world.applied.append(("PaletteConnection", world.name))
            reader = Reader(
                desk,
                _merged_kubeconfig(clusters, tmp_path / "kubeconfig"),
                in_place_of={
                    "palette-system": emea.namespace,
                    "https://api.spectrocloud.com": world.palette.endpoint,
                    "  project: retail-prod": "  poll: {fleetSeconds: 1}\n  project: retail-prod",
                    "{names: [retail]}": f"{{names: [{world.name}]}}",
                    "-n retail": f"-n {world.name}",
                    "namespace: retail": f"namespace: {world.name}",
                    "retail namespace": f"{world.name} namespace",
                    "{name: default}": f"{{name: {world.name}}}",
                    "pcon/default": f"pcon/{world.name}",
                    "spectrocloud.com/default": f"spectrocloud.com/{world.name}",
                },
                by_hand={
                    "run both operators": run_both,
                    "create an API key": create_an_api_key,
                    "lose apac": apac.kill,
                    "run the operator in apac-2": apac_2.start,
                    "set takeover in apac-2": set_takeover,
                    "bring apac back": bring_apac_back,
                },
            )

            assert await follow(_PAGE, reader) == Followed(
                commands=17, files=2, by_hand=tuple(reader.by_hand), not_followed=(_NO_NODES, _NO_NODES)
            )
            assert world.requests_to("POST", _CREATE) == 1
            assert "DELETE" not in {entry.method for entry in world.requests()}
            assert len(world.palette.clusters) == 1
            assert world.writes() == written, "who comes back changes nothing"


@asynccontextmanager
async def _management_clusters(first: ControlPlane, folder: Path) -> AsyncIterator[Mapping[str, OperatorProcess]]:
    """Provide management clusters by the name of their context, each with an operator that is not started yet."""
    world, system = first.unique("scene"), first.unique("operator")
    async with AsyncExitStack() as stack:
        planes = {"emea": first}
        for name in ("apac", "apac-2"):
            (folder / name).mkdir()
            planes[name] = await stack.enter_async_context(running_control_plane("embedded", folder / name))
        operators = {}
        for name, plane in planes.items():
            for namespace in (world, system):
                await plane.kubernetes.apply(manifests.namespace(namespace))
            operator_id = f"{world}-{name.partition('-')[0]}"
            operators[name] = OperatorProcess(plane, operator_id, system, OperatorOptions(watch=(world,)))
            stack.push_async_callback(operators[name].stop)
        yield operators


def _merged_kubeconfig(clusters: Mapping[str, OperatorProcess], written_to: Path) -> Path:
    """Write one kubeconfig with a context for each management cluster."""
    merged = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
    for name, operator in clusters.items():
        config = yaml.safe_load(operator.plane.kubeconfig.read_text())
        merged["clusters"].append({"name": name, "cluster": config["clusters"][0]["cluster"]})
        merged["users"].append({"name": name, "user": config["users"][0]["user"]})
        merged["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
    written_to.touch(mode=0o600)
    written_to.write_text(yaml.safe_dump(merged))
    return written_to
