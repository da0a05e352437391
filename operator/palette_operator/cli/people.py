"""What a person must be allowed who runs a command: RBAC as plain data, apart from what the operator is allowed."""

from __future__ import annotations

from palette_operator.cli.crd import custom_resource_definition
from palette_operator.domain.resources import KINDS
from palette_operator.kube.objects import CLUSTER_SCOPED, GROUP, PLURALS
from palette_operator.kube.rights import Right, Where

_DEFINITIONS = tuple(str(custom_resource_definition(kind)["metadata"]["name"]) for kind in KINDS)

STATUS: tuple[Right, ...] = tuple(
    Right(GROUP, plural, ("list",), "show them", Where.CLUSTER if kind in CLUSTER_SCOPED else Where.WATCHED)
    for kind, plural in PLURALS.items()
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
