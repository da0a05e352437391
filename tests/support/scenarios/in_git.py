"""What a scenario applied, as Git would hold it, and whether the operator left it so.

Argo CD shows a difference when Git and the cluster differ in what Git names. Here nothing else may differ either: the
operator writes the status and its finalizer, and no label, annotation or field of a spec.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from palette_operator.kube.objects import FIELD_MANAGER
from support.gitops.argocd import LAST_APPLIED, difference
from support.gitops.merge_patches import merge_patch, merged
from support.scenarios.kubernetes import Body, Kubernetes

Identity: TypeAlias = tuple[str, str, str]
"""Kind, namespace ("" when the kind has none) and name."""

# Field managers of those who write in scenarios; what else writes is the operator. Source of the names: kube-apiserver
# takes what is before the slash in a User-Agent, kubectl says "kubectl" and what it was told to do.
_PEOPLE = (
    *("python-httpx", "kubectl"),
    *("argocd-controller", "helm-controller", "kustomize-controller", "flux-client-side-apply"),
)
_THE_OPERATORS_OWN: Body = {"f:status": None, "f:metadata": {"f:finalizers": None}}


@dataclass(slots=True)
class InGit:
    """What a scenario applied and changed."""

    _manifests: dict[Identity, Body] = field(default_factory=dict)
    _stored: dict[Identity, Body] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Identity]:
        """Iterate over what was applied."""
        return iter(self._manifests)

    def applied(self, manifest: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """Remember a manifest, and what the API server made of it."""
        identity = identity_of(stored)
        self._manifests[identity] = {name: manifest[name] for name in ("apiVersion", "kind")} | _declared(manifest)
        self._stored[identity] = _declared(stored)

    def changed(self, patch: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """Remember a change to an object as one to its manifest."""
        manifest = self.manifest(stored)
        if manifest is not None:
            identity = identity_of(stored)
            self._manifests[identity] = merged(manifest, _declared(patch))
            self._stored[identity] = _declared(stored)

    def manifest(self, live: Mapping[str, Any]) -> Body | None:
        """Return the manifest of an object, also of one that kubectl applied; None where there is none."""
        known = self._manifests.get(identity_of(live))
        if known is not None:
            declared = {name: value for name, value in known["metadata"].items() if value}
            return known | {"metadata": _place(live) | declared}
        said = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED)
        return json.loads(said) if said else None

    def touched(self, live: Mapping[str, Any]) -> Body:
        """Return what is other than the API server stored it when the scenario last wrote it."""
        stored = self._stored.get(identity_of(live))
        return {} if stored is None else merge_patch(stored, _declared(live))


def identity_of(body: Mapping[str, Any]) -> Identity:
    """Return what tells an object from all others of the API server."""
    return body["kind"], str(body["metadata"].get("namespace", "")), body["metadata"]["name"]


async def differences(kubernetes: Kubernetes, in_git: InGit, live: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say of each object what differs from Git by anybody's doing but the scenario's, for people."""
    return [
        each
        for found in await asyncio.gather(*(_differences(kubernetes, in_git, body) for body in live))
        for each in found
    ]


async def _differences(kubernetes: Kubernetes, in_git: InGit, live: Mapping[str, Any]) -> list[str]:
    manifest = in_git.manifest(live)
    found = {
        "is not as the scenario left it": in_git.touched(live),
        "has fields of somebody else": _foreign_fields(live),
    }
    if manifest is not None:
        found["differs for Argo CD"] = difference(manifest, live)
        applied = await kubernetes.apply_as("argocd-controller", manifest, dry_run=True)
        found["would be changed by a server-side apply"] = merge_patch(_declared(live), _declared(applied))
    return [f"{'/'.join(filter(None, identity_of(live)))} {what}: {wrong}" for what, wrong in found.items() if wrong]


def _foreign_fields(live: Mapping[str, Any]) -> Body:
    """Return the fields outside of status and finalizers that a manager has who is nobody of the scenario.

    Only a genuine API server knows; there the status must be the operator's, so that its name means something.
    """
    managed = live["metadata"].get("managedFields") or []
    found: Body = {}
    for entry in managed:
        fields = merged(entry.get("fieldsV1", {}), _THE_OPERATORS_OWN)
        if fields.get("f:metadata") == {}:
            del fields["f:metadata"]
        if fields and not entry["manager"].startswith(_PEOPLE):
            found[entry["manager"]] = fields
    writers = {entry["manager"] for entry in managed if entry.get("subresource") == "status"}
    if managed and live["status"]["observedGeneration"] >= 0 and writers != {FIELD_MANAGER}:
        found["status"] = sorted(writers)
    return found


def _declared(body: Mapping[str, Any]) -> Body:
    """Return what people declare of an object: its spec, its labels and its annotations."""
    metadata = {name: body.get("metadata", {}).get(name) or {} for name in ("labels", "annotations")}
    metadata["annotations"] = {k: v for k, v in metadata["annotations"].items() if k != LAST_APPLIED}
    return {"metadata": metadata, **({"spec": body["spec"]} if "spec" in body else {})}


def _place(body: Mapping[str, Any]) -> Body:
    return {name: body["metadata"][name] for name in ("namespace", "name") if name in body["metadata"]}
