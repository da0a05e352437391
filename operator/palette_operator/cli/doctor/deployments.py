"""What the operator's Deployments tell: which they are, and what the operator is told in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from palette_operator.cli.doctor.observations import Body

PRODUCT = "palette-operator"


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that the operator is told by an option, which counts first, or by a variable."""

    option: str
    variable: str

    def told_by(self, deployment: Body) -> list[str] | None:
        """Return what is said, each value by itself; None where it comes from elsewhere, such as a ConfigMap."""
        containers = _containers(deployment)
        if given := [value for container in containers for value in self._options(container) if value]:
            return given
        variables = [
            variable
            for container in containers
            for variable in container.get("env") or ()
            if variable.get("name") == self.variable
        ]
        if any(variable.get("valueFrom") for variable in variables):
            return None
        if not variables and any(container.get("envFrom") for container in containers):
            return None
        return [word for variable in variables for word in str(variable.get("value") or "").split()]

    def _options(self, container: Body) -> Iterator[str]:
        words = [str(each) for each in (*(container.get("command") or ()), *(container.get("args") or ()))]
        for word, following in pairwise([*words, ""]):
            if word == self.option:
                yield following
            elif word.startswith(f"{self.option}="):
                yield word.partition("=")[2]


OPERATOR_ID = Setting("--operator-id", "PALETTE_OPERATOR_ID")
WATCH_NAMESPACES = Setting("--watch-namespace", "PALETTE_OPERATOR_WATCH_NAMESPACES")


def ours(deployments: Iterable[Body]) -> list[Body]:
    """Return those of the operator, by their label or their image."""
    return [each for each in deployments if _is_ours(each)]


def watched_by(deployments: Sequence[Body]) -> tuple[str, ...] | None:
    """Return the namespaces that the operator watches, empty for all; None where its Deployments do not tell."""
    told = [WATCH_NAMESPACES.told_by(each) for each in ours(deployments)]
    known = [each for each in told if each is not None]
    if not told or len(known) < len(told):
        return None
    return tuple(dict.fromkeys(name for each in known for name in each)) if all(known) else ()


def _is_ours(found: Body) -> bool:
    labels = found["metadata"].get("labels") or {}
    images = (str(each.get("image", "")).rpartition("/")[2].partition(":")[0] for each in _containers(found))
    return labels.get("app.kubernetes.io/name") == PRODUCT or PRODUCT in images


def _containers(found: Body) -> list[dict[str, Any]]:
    return list(found["spec"]["template"]["spec"].get("containers") or ())
