"""Specs that break a rule, and what is said about them: by the models and, where `cel`, by an API server alike."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

EXAMPLES = Path(__file__).parents[2] / "examples"

Body = dict[str, Any]


LOCAL = "-local"
"""Tells the example of a resource that goes through no connection from the other of its kind."""


def example(kind: str, variant: str = "") -> Body:
    """Return the documented example of a kind, such as `PaletteCluster`, or a variant of it."""
    body: Body = yaml.safe_load((EXAMPLES / f"{kind.lower()}{variant}.yaml").read_text(encoding="utf-8"))
    return body


def edited(kind: str, edits: dict[str, Any], variant: str = "") -> Body:
    """Return the example of `kind` with values replaced by path (`spec.machinePools.0.name`); None removes."""
    body = copy.deepcopy(example(kind, variant))
    for path, value in edits.items():
        *parents, last = (int(step) if step.isdecimal() else step for step in path.split("."))
        inner: Any = body
        for step in parents:
            inner = inner[step]
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return body


@dataclass(frozen=True)
class Broken:
    """An edit of an example, the field that it is about, and the message."""

    kind: str
    edits: dict[str, Any]
    field: str
    message: str
    cel: bool = True
    variant: str = ""

    @property
    def body(self) -> Body:
        return edited(self.kind, self.edits, self.variant)


_LOCAL_ACCESS = {"endpoint": "https://10.10.135.182:5080", "credentialsSecretRef": {"name": "edge-0042-a-os"}}
_KEY = {"name": "files", "key": "bundle.tgz"}
_UPLOAD = {"name": "bundle", "kind": "Content", "configMapKeyRef": _KEY}
# What belongs to a host in Palette.
_WITHOUT_PALETTE = {
    "spec.connectionRef": None,
    "spec.project": None,
    "spec.tags": None,
    "spec.pairingKeySecretRef": None,
    "spec.remoteShell": None,
}
_POOLS = "spec.machinePools"
_EDGE = "spec.cloud.edgeNative"
_CONTROL = {"name": "control", "controlPlane": True, "edgeHosts": [{"name": "a"}]}

BROKEN = {
    "a cluster needs a cloud": Broken(
        "PaletteCluster", {_EDGE: None}, "spec.cloud", "set exactly one cloud: edgeNative or edgeLocal"
    ),
    "tags must not forge the ownership mark": Broken(
        "PaletteCluster",
        {"spec.tags": {"palette-operator-owner": "x"}},
        "spec.tags",
        "tags that start with palette-operator- are the operator's own",
    ),
    "a host's tags must not forge the ownership mark": Broken(
        "EdgeHost",
        {"spec.tags": {"palette-operator-instance": "x"}},
        "spec.tags",
        "tags that start with palette-operator- are the operator's own",
    ),
    "a host that nobody can reach": Broken("EdgeHost", _WITHOUT_PALETTE, "spec", "set connectionRef, local, or both"),
    "tags in Palette of a host that is not there": Broken(
        "EdgeHost",
        {**_WITHOUT_PALETTE, "spec.tags": {"site": "42"}, "spec.local": _LOCAL_ACCESS},
        "spec",
        "project, tags, adoption.match, pairingKeySecretRef and remoteShell need connectionRef",
    ),
    "a remote shell through Palette to a host that is not there": Broken(
        "EdgeHost",
        {**_WITHOUT_PALETTE, "spec.remoteShell": {"ssh": "Disabled"}, "spec.local": _LOCAL_ACCESS},
        "spec",
        "project, tags, adoption.match, pairingKeySecretRef and remoteShell need connectionRef",
    ),
    "a host in Palette that is configured past it": Broken(
        "EdgeHost",
        {"spec.local": {**_LOCAL_ACCESS, "configuration": {"httpProxy": ""}}},
        "spec.local",
        "local.configuration is for hosts without connectionRef: a host in Palette is configured there",
    ),
    "a host in Palette that gets files past it": Broken(
        "EdgeHost",
        {"spec.local": {**_LOCAL_ACCESS, "uploads": [_UPLOAD]}},
        "spec.local",
        "local.uploads is for hosts without connectionRef: a host in Palette gets its content there",
    ),
    "a file from two places": Broken(
        "EdgeHost",
        {**_WITHOUT_PALETTE, "spec.local": {**_LOCAL_ACCESS, "uploads": [_UPLOAD | {"secretKeyRef": _KEY}]}},
        "spec.local.uploads[0]",
        "set one of configMapKeyRef, secretKeyRef and url",
    ),
    "user data with a signature": Broken(
        "EdgeHost",
        {
            **_WITHOUT_PALETTE,
            "spec.local": {
                **_LOCAL_ACCESS,
                "uploads": [_UPLOAD | {"kind": "UserData", "signature": {"secretKeyRef": _KEY}}],
            },
        },
        "spec.local.uploads[0]",
        "UserData has neither url nor signature",
    ),
    "a signature from two places": Broken(
        "EdgeHost",
        {
            **_WITHOUT_PALETTE,
            "spec.local": {
                **_LOCAL_ACCESS,
                "uploads": [_UPLOAD | {"signature": {"secretKeyRef": _KEY, "configMapKeyRef": _KEY}}],
            },
        },
        "spec.local.uploads[0].signature",
        "set one of configMapKeyRef and secretKeyRef",
    ),
    "two ways to judge a host's certificate": Broken(
        "EdgeHost",
        {"spec.local": {**_LOCAL_ACCESS, "tls": {"fingerprintSHA256": "ab" * 32, "insecureSkipVerify": True}}},
        "spec.local.tls",
        "set at most one of caSecretRef, fingerprintSHA256 and insecureSkipVerify",
    ),
    "force comes after 20 minutes at the earliest": Broken(
        "PaletteCluster",
        {"spec.deletion.forceAfterMinutes": 19},
        "spec.deletion.forceAfterMinutes",
        "forceAfterMinutes must be 0 (never) or at least 20",
    ),
    "no control plane": Broken(
        "PaletteCluster",
        {f"{_POOLS}.0.controlPlane": None, f"{_POOLS}.0.useControlPlaneAsWorker": None},
        _POOLS,
        "exactly one pool must have controlPlane: true",
    ),
    "two control planes": Broken(
        "PaletteCluster",
        {_POOLS: [_CONTROL, {**_CONTROL, "name": "other", "edgeHosts": [{"name": "b"}]}]},
        _POOLS,
        "exactly one pool must have controlPlane: true",
    ),
    "no pools at all while managing": Broken(
        "PaletteCluster", {_POOLS: None}, _POOLS, "exactly one pool must have controlPlane: true"
    ),
    "two-node with one host": Broken(
        "PaletteCluster",
        {f"{_EDGE}.twoNode": True},
        _POOLS,
        "cloud.edgeNative.twoNode needs a control-plane pool of exactly two hosts",
    ),
    "two-node with a selector of three": Broken(
        "PaletteCluster",
        {
            f"{_EDGE}.twoNode": True,
            f"{_POOLS}.0.edgeHosts": None,
            f"{_POOLS}.0.edgeHostSelector": {"matchLabels": {"a": "b"}, "count": 3},
        },
        _POOLS,
        "cloud.edgeNative.twoNode needs a control-plane pool of exactly two hosts",
    ),
    "a static cluster's interface without address": Broken(
        "PaletteCluster",
        {f"{_POOLS}.0.edgeHosts.0.nic": {"name": "eth0"}},
        _POOLS,
        "cloud.edgeNative.staticIP needs an ip in each nic of edgeHosts",
    ),
    "a host in two pools": Broken(
        "PaletteCluster",
        {_POOLS: [_CONTROL, {"name": "worker", "edgeHosts": [{"name": "a"}]}]},
        _POOLS,
        "an edge host can be in one pool only, once",
        cel=False,
    ),
    "a profile without version": Broken(
        "PaletteCluster", {"spec.profiles.0.version": None}, "spec.profiles[0]", "set version, or uid"
    ),
    "a variable with a value and a Secret": Broken(
        "PaletteCluster",
        {"spec.profiles.0.variables.1.value": "x"},
        "spec.profiles[0].variables[1]",
        "set exactly one of value, valueFrom",
    ),
    "a variable with neither": Broken(
        "PaletteCluster",
        {"spec.profiles.0.variables.1": {"name": "password"}},
        "spec.profiles[0].variables[1]",
        "set exactly one of value, valueFrom",
    ),
    "a pool with hosts and a selector": Broken(
        "PaletteCluster",
        {f"{_POOLS}.1.edgeHosts": [{"name": "z"}]},
        f"{_POOLS}[1]",
        "set exactly one of edgeHosts, edgeHostSelector",
    ),
    "a pool with neither": Broken(
        "PaletteCluster",
        {f"{_POOLS}.1.edgeHostSelector": None},
        f"{_POOLS}[1]",
        "set exactly one of edgeHosts, edgeHostSelector",
    ),
    "a selector that selects everything": Broken(
        "PaletteCluster",
        {f"{_POOLS}.1.edgeHostSelector": {"count": 2}},
        f"{_POOLS}[1].edgeHostSelector",
        "set matchLabels or matchExpressions",
    ),
    "an expression without values": Broken(
        "PaletteCluster",
        {f"{_POOLS}.1.edgeHostSelector.matchExpressions": [{"key": "a", "operator": "In"}]},
        f"{_POOLS}[1].edgeHostSelector.matchExpressions[0]",
        "values are needed with In and NotIn, and only with these",
    ),
    "a host by name and uid": Broken(
        "PaletteCluster",
        {f"{_POOLS}.0.edgeHosts.0.uid": "u"},
        f"{_POOLS}[0].edgeHosts[0]",
        "set exactly one of name, uid",
    ),
    "workers that are control-plane workers": Broken(
        "PaletteCluster",
        {f"{_POOLS}.1.useControlPlaneAsWorker": True},
        f"{_POOLS}[1]",
        "useControlPlaneAsWorker goes with controlPlane: true",
    ),
    "a control plane with a worker's setting": Broken(
        "PaletteCluster",
        {f"{_POOLS}.0.skipKubernetesUpgrade": True},
        f"{_POOLS}[0]",
        "nodeRepaveIntervalSeconds and skipKubernetesUpgrade are for worker pools",
    ),
    "two primaries": Broken(
        "PaletteCluster",
        {
            f"{_POOLS}.0.edgeHosts": [
                {"name": "a", "twoNodePriority": "primary"},
                {"name": "b", "twoNodePriority": "primary"},
            ]
        },
        f"{_POOLS}[0]",
        "twoNodePriority names one primary and one secondary at most",
    ),
    "a surge without override": Broken(
        "PaletteCluster",
        {f"{_POOLS}.1.updateStrategy.maxSurge": "1"},
        f"{_POOLS}[1].updateStrategy",
        "maxSurge and maxUnavailable are needed with type OverrideScaling, and only then",
    ),
    "an override without amounts": Broken(
        "PaletteCluster",
        {f"{_POOLS}.1.updateStrategy.type": "OverrideScaling"},
        f"{_POOLS}[1].updateStrategy",
        "maxSurge and maxUnavailable are needed with type OverrideScaling, and only then",
    ),
    "a search domain for a virtual address": Broken(
        "PaletteCluster",
        {f"{_EDGE}.controlPlaneEndpoint.ddnsSearchDomain": "example.com"},
        f"{_EDGE}.controlPlaneEndpoint.ddnsSearchDomain",
        "ddnsSearchDomain goes with type DDNS alone",
    ),
    "a virtual address that is a name": Broken(
        "PaletteCluster",
        {f"{_EDGE}.controlPlaneEndpoint.host": "api.example.com"},
        f"{_EDGE}.controlPlaneEndpoint.host",
        "host must be an IP address for the types VIP and IP",
        cel=False,
    ),
    "a virtual address outside the overlay": Broken(
        "PaletteCluster",
        {f"{_EDGE}.overlay": {"cidr": "100.64.0.0/18"}},
        f"{_EDGE}.controlPlaneEndpoint.host",
        "a VIP must be inside overlay.cidr",
        cel=False,
    ),
    "a static address without subnet": Broken(
        "EdgeHost", {"spec.network.nic.subnet": None}, "spec.network.nic", "a static ip needs subnet"
    ),
    "a device that is both named and looked for": Broken(
        "EdgeHost",
        {"spec.adoption.match": {"name": "till-1"}},
        "spec.adoption",
        "uid and adoption.match exclude each other",
    ),
    "a device that is looked for by nothing": Broken(
        "EdgeHost",
        {"spec.uid": None, "spec.adoption.match": {"tags": {}}},
        "spec.adoption.match",
        "name or tags are needed",
    ),
    "a temporary user without ssh": Broken(
        "EdgeHost",
        {"spec.remoteShell.temporaryUser": "Enabled"},
        "spec.remoteShell",
        "temporaryUser: Enabled needs ssh: Enabled",
    ),
    "a registration token for no project": Broken(
        "PaletteConnection",
        {"spec.project": "tenant", "spec.registrationToken": {"secretName": "edge-registration"}},
        "spec.registrationToken",
        "registrationToken needs a project to register into: tenant scope has none",
    ),
    "a plain-text endpoint": Broken(
        "PaletteConnection",
        {"spec.endpoint": "http://palette.example.com"},
        "spec.endpoint",
        "endpoint must be https; http is accepted for loopback addresses alone",
    ),
    "a plain-text endpoint that only looks like loopback": Broken(
        "PaletteConnection",
        {"spec.endpoint": "http://127.0.0.1.example.com"},
        "spec.endpoint",
        "endpoint must be https; http is accepted for loopback addresses alone",
    ),
    "namespaces by name and by selector": Broken(
        "PaletteConnection",
        {"spec.allowedNamespaces.selector": {"matchLabels": {"a": "b"}}},
        "spec.allowedNamespaces",
        "set exactly one of names, selector, all: true",
    ),
    "no namespaces": Broken(
        "PaletteConnection",
        {"spec.allowedNamespaces": {}},
        "spec.allowedNamespaces",
        "set exactly one of names, selector, all: true",
    ),
    "all: false": Broken(
        "PaletteConnection",
        {"spec.allowedNamespaces": {"all": False}},
        "spec.allowedNamespaces",
        "set exactly one of names, selector, all: true",
    ),
    "no credentials": Broken(
        "PaletteConnection",
        {"spec.auth": {}},
        "spec.auth",
        "set exactly one of apiKeySecretRef, userSecretRef",
    ),
    "a key and a user": Broken(
        "PaletteConnection",
        {"spec.auth.userSecretRef": {"name": "a"}},
        "spec.auth",
        "set exactly one of apiKeySecretRef, userSecretRef",
    ),
    "an authority and no verification": Broken(
        "PaletteConnection",
        {"spec.tls": {"caSecretRef": {"name": "a", "key": "b"}, "insecureSkipVerify": True}},
        "spec.tls",
        "set caSecretRef or insecureSkipVerify: true, not both",
    ),
    "the word for tenant scope among the projects": Broken(
        "PaletteConnection",
        {"spec.allowedProjects": ["retail-lab", "tenant"]},
        "spec.allowedProjects",
        "allowedProjects names projects: give the uid of one that is called tenant",
    ),
}

_LOCAL = "spec.cloud.edgeLocal"


def _local(edits: dict[str, Any], field: str, message: str, *, cel: bool = True) -> Broken:
    return Broken("PaletteCluster", edits, field, message, cel, LOCAL)


BROKEN |= {
    "a local cluster through a connection": _local(
        {"spec.connectionRef": {"name": "default"}},
        "spec",
        "set connectionRef, or cloud.edgeLocal, which goes through none",
    ),
    "a cluster in Palette without connection": Broken(
        "PaletteCluster",
        {"spec.connectionRef": None},
        "spec",
        "set connectionRef, or cloud.edgeLocal, which goes through none",
    ),
    "a local cluster in a project": _local(
        {"spec.project": "retail"},
        "spec",
        "project, description, adoption.uid and deletion.forceAfterMinutes do not go with cloud.edgeLocal",
    ),
    "a local cluster whose deletion is forced": _local(
        {"spec.deletion.forceAfterMinutes": 30},
        "spec",
        "project, description, adoption.uid and deletion.forceAfterMinutes do not go with cloud.edgeLocal",
    ),
    "a profile that the definition is to hold, with packs": _local(
        {"spec.profiles.0.packs": [{"name": "cni"}]},
        "spec.profiles",
        "with cloud.edgeLocal a profile has name, version and variables alone: the rest is in the definition",
    ),
    "a strategy that hosts do not know": _local(
        {
            "spec.machinePools.1.updateStrategy": {
                "type": "OverrideScaling",
                "maxSurge": "1",
                "maxUnavailable": "1",
            }
        },
        "spec.machinePools",
        "updateStrategy OverrideScaling does not go with cloud.edgeLocal",
    ),
    "a local cluster of no hosts, only observed": _local(
        {"spec.mode": "Observe", "spec.machinePools": None},
        "spec.machinePools",
        "exactly one pool must have controlPlane: true",
    ),
    "a kubeconfig of a cluster in Palette": Broken(
        "PaletteCluster",
        {"spec.kubeconfig": {"kind": "Admin"}},
        "spec.kubeconfig",
        "kubeconfig.kind Admin goes with cloud.edgeLocal alone",
    ),
    "a two-node local cluster with one host": _local(
        {f"{_LOCAL}.twoNode": True},
        "spec.machinePools",
        "cloud.edgeLocal.twoNode needs a control-plane pool of exactly two hosts",
    ),
    "a static local cluster's interface without address": _local(
        {f"{_LOCAL}.staticIP": True, "spec.machinePools.0.edgeHosts.0.nic": {"name": "eth0"}},
        "spec.machinePools",
        "cloud.edgeLocal.staticIP needs an ip in each nic of edgeHosts",
    ),
}
