"""What people are allowed, apart from what the operator is: RBAC as plain data.

By the command that they run, and by the roles that every cluster has, to which the chart adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palette_operator.cli.crd import custom_resource_definition
from palette_operator.domain.resources import KINDS
from palette_operator.kube.objects import CLUSTER_SCOPED, GROUP, PLURALS
from palette_operator.kube.rights import Right, Where, rules

_DEFINITIONS = tuple(str(custom_resource_definition(kind)["metadata"]["name"]) for kind in KINDS)


def _where(kind: str) -> Where:
    return Where.CLUSTER if kind in CLUSTER_SCOPED else Where.WATCHED


STATUS: tuple[Right, ...] = tuple(
    Right(GROUP, plural, ("list",), "show them", _where(kind)) for kind, plural in PLURALS.items()
)
"""For `palette-operator status`. Without the right on connections it shows the rest."""

DOCTOR: tuple[Right, ...] = (
    *STATUS,
    Right(
        "apiextensions.k8s.io",
        "customresourcedefinitions",
        ("get",),
        "see whether they are of this version",
        Where.CLUSTER,
        names=_DEFINITIONS,
    ),
    Right("apps", "deployments", ("list",), "find the operator's", Where.OWN_NAMESPACE),
    Right("coordination.k8s.io", "leases", ("list",), "see which replica leads", Where.OWN_NAMESPACE),
    Right("", "secrets", ("get",), "log in to Palette as the connections do", Where.OWN_NAMESPACE),
    Right("", "serviceaccounts", ("impersonate",), "review the operator's rights, with `--as`", Where.OWN_NAMESPACE),
)
"""For `palette-operator doctor`. A check for which a right is missing is skipped, and says so."""

VIEW: tuple[Right, ...] = tuple(
    Right(GROUP, plural, ("get", "list", "watch"), "see what is there and how it is", _where(kind))
    for kind, plural in PLURALS.items()
)
"""For whoever may view a namespace."""

EDIT: tuple[Right, ...] = tuple(
    Right(GROUP, plural, ("create", "update", "patch", "delete"), "say what is to be there, approve plans, suspend")
    for kind, plural in PLURALS.items()
    if kind not in CLUSTER_SCOPED
)
"""For whoever may edit a namespace. Never connections: who writes one decides where credentials are sent."""


def rules_by_role() -> Mapping[str, list[dict[str, Any]]]:
    """Return the rules that the chart adds to each role that every cluster has."""
    return {"view": rules(VIEW), "edit": rules(EDIT)}
