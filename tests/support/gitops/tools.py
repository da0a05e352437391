"""What Argo CD and Flux do with a repository, so far as it can be seen in the management cluster.

Neither runs here. They apply server-side what lies in a folder, Namespaces first, each under its own name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from support.gitops.merge_patches import Body, merged
from support.scenarios.world import World

ARGO_CD = "argocd-controller"
FLUX = "kustomize-controller"


def manifests_in(folder: Path) -> list[Body]:
    """Return the manifests of a folder, Namespaces first, then by kind and name."""
    found = [body for path in folder.glob("*.yaml") for body in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
    return sorted(found, key=lambda body: (body["kind"] != "Namespace", body["kind"], body["metadata"]["name"]))


async def argo_cd_syncs(world: World, application: Mapping[str, Any], repository: Path) -> list[Body]:
    """Apply what an Application's source holds; return it."""
    assert "ServerSideApply=true" in application["spec"]["syncPolicy"]["syncOptions"]
    return await _apply(world, ARGO_CD, manifests_in(repository / application["spec"]["source"]["path"]))


async def flux_applies(world: World, kustomization: Mapping[str, Any], repository: Path) -> list[Body]:
    """Apply what is at a Kustomization's path, with the labels that say whose it is; return it."""
    group = kustomization["apiVersion"].partition("/")[0]
    owner = {f"{group}/{key}": kustomization["metadata"][key] for key in ("name", "namespace")}
    found = manifests_in(repository / kustomization["spec"]["path"])
    return await _apply(world, FLUX, [merged(body, {"metadata": {"labels": owner}}) for body in found])


async def _apply(world: World, manager: str, given: Sequence[Body]) -> list[Body]:
    await world.apply_as(manager, *given)
    return list(given)
