"""What the operator must be allowed in the management cluster: RBAC as plain data, in one place.

Whatever grants these rights or asks for them is made of this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from palette_operator.kube.objects import GROUP, PLURALS


class Where(Enum):
    """Where a right must hold."""

    EVERYWHERE = "in every namespace"
    """In each watched namespace; cluster-scoped objects need it cluster-wide."""
    OWN_NAMESPACE = "in the operator's own namespace"


@dataclass(frozen=True, slots=True)
class Right:
    """Verbs on one resource."""

    group: str
    resource: str
    """Plural, with the subresource behind a slash, such as `edgehosts/status`."""
    verbs: tuple[str, ...]
    purpose: str
    """What the operator needs it for, for people."""
    where: Where = Where.EVERYWHERE


RIGHTS: tuple[Right, ...] = (
    *(
        Right(GROUP, plural, ("list", "watch", "patch"), "follow the resources; set and remove the own finalizer")
        for plural in PLURALS.values()
    ),
    *(Right(GROUP, f"{plural}/status", ("patch",), "report on the resources") for plural in PLURALS.values()),
    Right("", "secrets", ("get",), "read credentials and variable values by the name that a resource gives"),
    Right("", "secrets", ("create",), "keep the key for hashes of secret values", Where.OWN_NAMESPACE),
    Right("", "secrets", ("create", "update", "delete"), "keep registration tokens", Where.OWN_NAMESPACE),
    Right("", "secrets", ("create", "update", "delete"), "hand out kubeconfigs, to clusters whose spec asks for it"),
    Right("", "configmaps", ("get",), "read files for air-gapped hosts by the name that a resource gives"),
    Right("", "namespaces", ("get",), "tell the management cluster apart; match allowedNamespaces by labels"),
    Right("networking.k8s.io", "servicecidrs", ("list",), "reach no Service where spec.local names an address"),
    Right("", "events", ("create",), "post events about the resources"),
)
