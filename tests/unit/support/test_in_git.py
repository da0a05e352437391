"""What a scenario applied is compared with what became of it: whose change is told, and whose is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from support.gitops.merge_patches import merged
from support.scenarios.in_git import InGit, differences
from support.scenarios.kubernetes import Body, Kubernetes

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_MANIFEST: Body = {
    "apiVersion": "palette.spectrocloud.com/v1alpha1",
    "kind": "EdgeHost",
    "metadata": {"name": "edge-a", "namespace": "retail", "labels": {"site": "42"}},
    "spec": {"tags": {"site": "42"}},
}
_OWN = {"manager": "palette-operator", "fieldsV1": {"f:metadata": {"f:finalizers": {".": {}}}}}
_STATUS = {"manager": "palette-operator", "subresource": "status", "fieldsV1": {"f:status": {"f:uid": {}}}}
_PERSON = {"manager": "kubectl-patch", "fieldsV1": {"f:spec": {"f:tags": {"f:site": {}}}}}


class ApiServer:
    """Answers a dry run: members are merged, and nothing that an applier does not name is taken away."""

    def __init__(self, live: Body) -> None:
        self.live = live

    async def apply_as(self, manager: str, manifest: Mapping[str, Any], *, dry_run: bool) -> Body:
        assert (manager, dry_run) == ("argocd-controller", True)
        return merged(self.live, manifest)


def stored(*managers: Body) -> Body:
    """Return the manifest as an API server stores it, with a default, after a look of the operator."""
    body = merged(_MANIFEST, {"spec": {"suspend": False}, "status": {"observedGeneration": 1}})
    body["metadata"] |= {"uid": "u", "finalizers": ["palette.spectrocloud.com/protect"]}
    return merged(body, {"metadata": {"managedFields": list(managers)}}) if managers else body


async def judged(live: Body, in_git: InGit) -> list[str]:
    return await differences(cast("Kubernetes", ApiServer(live)), in_git, [live])


def applied() -> InGit:
    in_git = InGit()
    in_git.applied(_MANIFEST, stored())
    return in_git


async def test_status_finalizer_and_defaults_are_no_difference() -> None:
    live = merged(stored(_OWN, _STATUS, _PERSON), {"status": {"uid": "edge-a"}})

    assert await judged(live, applied()) == []


def _change(patch: Body) -> Callable[[Body], Body]:
    return lambda live: merged(live, patch)


CHANGES: dict[str, tuple[Callable[[Body], Body], int]] = {
    "an annotation that came": (_change({"metadata": {"annotations": {"seen": "yes"}}}), 1),
    "a label that came": (_change({"metadata": {"labels": {"seen": "yes"}}}), 1),
    "a field that came": (_change({"spec": {"description": "mine"}}), 1),
    "a default that changed": (_change({"spec": {"suspend": True}}), 1),
    "a label that changed": (_change({"metadata": {"labels": {"site": "43"}}}), 3),
    "a label that went": (_change({"metadata": {"labels": {"site": None}}}), 3),
    "a field that changed": (_change({"spec": {"tags": {"site": "43"}}}), 3),
    "a field that went": (_change({"spec": {"tags": None}}), 3),
}


@pytest.mark.parametrize(("change", "ways"), CHANGES.values(), ids=CHANGES)
async def test_a_change_by_somebody_else_is_told(change: Callable[[Body], Body], ways: int) -> None:
    found = await judged(change(stored()), applied())

    assert len(found) == ways, found
    assert all(line.startswith("EdgeHost/retail/edge-a ") for line in found)


async def test_what_the_scenario_patched_is_a_change_to_its_manifest() -> None:
    in_git, patch = applied(), {"spec": {"tags": {"site": "43"}}}
    live = merged(stored(), patch)

    in_git.changed(patch, live)

    assert await judged(live, in_git) == []
    assert len(await judged(stored(), in_git)) == 3


async def test_what_kubectl_patched_after_it_had_applied_is_a_change_to_the_manifest() -> None:
    in_git, patch = InGit(), {"spec": {"tags": None, "description": "mine"}}
    live = merged(stored(), {"metadata": {"annotations": {_LAST_APPLIED: json.dumps(_MANIFEST)}}})
    live = merged(live, patch)

    in_git.changed(patch, live)

    assert await judged(live, in_git) == []
    assert len(await judged(merged(live, {"spec": {"description": "other"}}), in_git)) == 3


async def test_what_kubectl_applied_is_compared_with_what_it_noted() -> None:
    live = merged(stored(), {"metadata": {"annotations": {_LAST_APPLIED: json.dumps(_MANIFEST)}}})

    assert await judged(live, InGit()) == []
    assert len(await judged(merged(live, {"spec": {"tags": {"site": "43"}}}), InGit())) == 2


MANAGERS: dict[str, list[Body]] = {
    "an annotation by the operator": [
        _STATUS,
        merged(_OWN, {"fieldsV1": {"f:metadata": {"f:annotations": {"f:seen": {}}}}}),
    ],
    "a spec by anybody who is not of the scenario": [_STATUS, {"manager": "kopf", "fieldsV1": {"f:spec": {"f:x": {}}}}],
    "a status that somebody else wrote": [_OWN, merged(_STATUS, {"manager": "OpenAPI-Generator"})],
}


@pytest.mark.parametrize("managers", MANAGERS.values(), ids=MANAGERS)
async def test_a_field_of_somebody_else_is_told_where_the_api_server_knows(managers: list[Body]) -> None:
    (told,) = await judged(copy.deepcopy(stored(*managers)), applied())

    assert "has fields of somebody else" in told
