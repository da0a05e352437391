"""Flux's own kinds, by the models that cloudcoil makes of Flux's CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudcoil.models.fluxcd.helm.v2 import HelmRelease
from cloudcoil.models.fluxcd.kustomize.v1 import Kustomization
from cloudcoil.models.fluxcd.source.v1 import GitRepository
from pydantic import BaseModel, ValidationError

from support.gitops.merge_patches import merge_patch

_KINDS: Mapping[tuple[str, str], type[BaseModel]] = {
    ("helm.toolkit.fluxcd.io/v2", "HelmRelease"): HelmRelease,
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"): Kustomization,
    ("source.toolkit.fluxcd.io/v1", "GitRepository"): GitRepository,
}


def objection(manifest: Mapping[str, Any]) -> str:
    """Say what Flux's schema has against a manifest of its kinds, unknown fields too; "" for nothing."""
    name = f"{manifest['kind']} {manifest['metadata']['name']}"
    try:
        known = _KINDS[manifest["apiVersion"], manifest["kind"]].model_validate(manifest)
    except ValidationError as error:
        return f"{name}: {error}"
    # The models pass over what they do not know: it is what does not come back.
    unknown = merge_patch(known.model_dump(mode="json", by_alias=True, exclude_unset=True), manifest)
    return f"{name} has what Flux does not know: {unknown}" if unknown else ""
