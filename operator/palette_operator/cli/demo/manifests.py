"""The objects of the demo: the CRDs, and what a user would write, from `examples/demo`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from palette_operator.cli.demo.errors import DemoFailed
from palette_operator.domain.resources import (
    InvalidSpec,
    Resource,
    parse_cluster,
    parse_connection,
    parse_edge_host,
)

Body = dict[str, Any]

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_PACKAGE = Path(__file__).resolve().parents[2]
_CHECKOUT = _PACKAGE.parents[1]
_PARSERS: Mapping[str, Callable[..., Resource]] = {
    "PaletteConnection": parse_connection,
    "EdgeHost": parse_edge_host,
    "PaletteCluster": parse_cluster,
}


@dataclass(frozen=True, slots=True)
class Manifests:
    """What the demo applies, in this order."""

    crds: Sequence[Body]
    namespaces: Sequence[Body]
    objects: Sequence[Body]

    def count(self, kind: str) -> int:
        """Return how many objects of a kind there are."""
        return sum(body["kind"] == kind for body in self.objects)


def load() -> Manifests:
    """Return the demo's manifests, strictly checked. Raises DemoFailed where a file is missing or wrong."""
    applied = [body for path in _files("examples/demo", "demo") for body in read(path)]
    for body in applied:
        check(body)
    return Manifests(
        crds=[body for path in _files("deploy/crds", "crds") for body in read(path)],
        namespaces=[body for body in applied if body["kind"] == "Namespace"],
        objects=[body for body in applied if body["kind"] != "Namespace"],
    )


def read(path: Path) -> list[Body]:
    """Return the objects of one YAML file."""
    return [body for body in yaml.safe_load_all(path.read_text(encoding="utf-8")) if body]


def check(body: Body) -> None:
    """Refuse an object of ours that a person could not have meant. Raises DemoFailed with every problem."""
    parse = _PARSERS.get(body["kind"])
    if parse is None:
        return
    try:
        parse(body, strict=True)
    except InvalidSpec as error:
        raise DemoFailed(f"{body['kind']} {body['metadata']['name']}: {error}") from error


@dataclass(frozen=True, slots=True)
class SimulatedHost:
    """How a simulated edge host is reached."""

    endpoint: str
    fingerprint: str


def pointed_at(endpoint: str, devices: Sequence[SimulatedHost], objects: Sequence[Body]) -> list[Body]:
    """Return the objects with every endpoint replaced, so that a demo can reach no other Palette and no other device.

    Raises DemoFailed when there are more air-gapped hosts than `devices`.
    """
    pointed, free = deepcopy(list(objects)), iter(devices)
    for body in pointed:
        if body["kind"] == "PaletteConnection":
            body["spec"]["endpoint"] = endpoint
        elif body["kind"] == "EdgeHost" and "local" in body["spec"]:
            device = next(free, None)
            if device is None:
                raise DemoFailed(f"there is no simulated device for EdgeHost {body['metadata']['name']}")
            body["spec"]["local"] |= {"endpoint": device.endpoint, "tls": {"fingerprintSHA256": device.fingerprint}}
    return pointed


def annotated(body: Body) -> Body:
    """Return an object as `kubectl apply` sends it, so that a person's own apply goes on from here.

    The annotation is what kubectl compares with; its form is kubectl's, byte for byte, else each object would be said
    to be configured. Source: kubernetes/kubectl, pkg/util/apply.go.
    """
    metadata = body["metadata"]
    bare = body | {"metadata": metadata | {"annotations": metadata.get("annotations", {})}}
    applied = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    return body | {"metadata": metadata | {"annotations": bare["metadata"]["annotations"] | {_LAST_APPLIED: applied}}}


def _files(in_checkout: str, in_package: str) -> list[Path]:
    """Return a folder's YAML files by name: those shipped in the package, else the checkout's."""
    for folder in (_PACKAGE / "manifests" / in_package, _CHECKOUT / in_checkout):
        if files := sorted(folder.glob("*.yaml")):
            return files
    raise DemoFailed(f"{in_checkout} is not here: run the demo from a checkout, or reinstall palette-operator")
