"""What the operator must be allowed in the management cluster: RBAC as plain data, in one place.

Whatever grants these rights, asks for them or tells of them is made of this table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from palette_operator.kube.leases import LEASE_NAME
from palette_operator.kube.objects import CLUSTER_SCOPED, GROUP, PLURALS


class Where(Enum):
    """Where a right must hold; the value is its key where rights are handed on as data."""

    CLUSTER = "cluster"
    """Cluster-wide whatever is watched, since the objects belong to no namespace."""
    WATCHED = "watchedNamespaces"
    """In each watched namespace: in all, unless the operator is told which."""
    OWN_NAMESPACE = "ownNamespace"
    """In the operator's own namespace, which need not be watched."""
    DEFAULT_NAMESPACE = "defaultNamespace"
    """In the namespace `default`, where Kubernetes keeps the events about cluster-scoped objects."""


class Needed(Enum):
    """What a right is for, where an admin can do without; the value is its key where rights are handed on as data."""

    ALWAYS = "always"
    LOCAL_HOSTS = "localHosts"
    """Only where hosts are reached through their own API (`--local-endpoint-cidr`)."""
    KUBECONFIGS = "kubeconfigSecrets"
    """Only where clusters may ask for a Secret with their kubeconfig (`spec.kubeconfig`)."""


@dataclass(frozen=True, slots=True)
class Right:
    """Verbs on one resource."""

    group: str
    resource: str
    """Plural, with the subresource behind a slash, such as `edgehosts/status`."""
    verbs: tuple[str, ...]
    purpose: str
    """What the operator needs it for, for people."""
    where: Where = Where.WATCHED
    needed: Needed = Needed.ALWAYS
    names: tuple[str, ...] = ()
    """The objects that it is about; empty means all. Kubernetes cannot restrict `create` by name."""


def _where(kind: str) -> Where:
    return Where.CLUSTER if kind in CLUSTER_SCOPED else Where.WATCHED


RIGHTS: tuple[Right, ...] = (
    *(
        Right(
            GROUP,
            plural,
            ("list", "watch", "patch"),
            "follow the resources; set and remove the own finalizer",
            _where(kind),
        )
        for kind, plural in PLURALS.items()
    ),
    *(
        Right(GROUP, f"{plural}/status", ("patch",), "report on the resources", _where(kind))
        for kind, plural in PLURALS.items()
    ),
    Right("", "secrets", ("get",), "read credentials and variable values by the name that a resource gives"),
    Right("", "secrets", ("get",), "read what connections log in with, and the own Secrets", Where.OWN_NAMESPACE),
    Right("", "secrets", ("create",), "keep the key for hashes of secret values", Where.OWN_NAMESPACE),
    Right("", "secrets", ("create", "update", "delete"), "keep registration tokens", Where.OWN_NAMESPACE),
    Right(
        "",
        "secrets",
        ("create", "update", "delete"),
        "hand out kubeconfigs, to clusters whose spec asks for it",
        needed=Needed.KUBECONFIGS,
    ),
    Right(
        "",
        "configmaps",
        ("get",),
        "read files for air-gapped hosts by the name that a resource gives",
        needed=Needed.LOCAL_HOSTS,
    ),
    Right("coordination.k8s.io", "leases", ("create",), "agree with other replicas on who leads", Where.OWN_NAMESPACE),
    Right(
        "coordination.k8s.io",
        "leases",
        ("get", "update"),
        "agree with other replicas on who leads",
        Where.OWN_NAMESPACE,
        names=(LEASE_NAME,),
    ),
    Right("", "namespaces", ("get",), "tell the management cluster apart", Where.CLUSTER, names=("kube-system",)),
    Right("", "namespaces", ("get",), "match allowedNamespaces by labels"),
    Right(
        "networking.k8s.io",
        "servicecidrs",
        ("list",),
        "reach no Service where spec.local names an address",
        Where.CLUSTER,
        Needed.LOCAL_HOSTS,
    ),
    Right("", "events", ("create", "patch"), "tell of the resources in events, repeated ones as one"),
    Right("", "events", ("create", "patch"), "tell of connections in events", Where.DEFAULT_NAMESPACE),
)


def rules(rights: Iterable[Right] = RIGHTS) -> list[dict[str, Any]]:
    """Return rights as rules of an RBAC role; those that differ in the resource or the verbs alone become one."""
    verbs: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for right in rights:
        held = verbs.setdefault((right.group, right.names, right.resource), [])
        held += [verb for verb in right.verbs if verb not in held]
    resources: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (group, names, resource), held in verbs.items():
        resources.setdefault((group, names, tuple(held)), []).append(resource)
    return [
        {
            "apiGroups": [group],
            "resources": several,
            **({"resourceNames": list(names)} if names else {}),
            "verbs": list(held),
        }
        for (group, names, held), several in resources.items()
    ]


def rules_by_place(rights: Iterable[Right] = RIGHTS) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return the rules for each `Where`, by what they are `Needed` for: what a chart makes roles of."""
    known = list(rights)
    return {
        where.value: {
            needed.value: made
            for needed in Needed
            if (made := rules(right for right in known if (right.where, right.needed) == (where, needed)))
        }
        for where in Where
    }
