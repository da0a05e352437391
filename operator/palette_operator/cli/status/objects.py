"""One resource as a person asks about it: is it Ready, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palette_operator.domain.conditions import ABNORMAL, PRECEDENCE, ConditionStatus
from palette_operator.domain.resources import Status, StatusCondition, parse_status
from palette_operator.domain.resources.base import Model

_ORDER = (*PRECEDENCE, *sorted(ABNORMAL))


class ConditionView(Model):
    """One condition, without the times."""

    type: str
    status: ConditionStatus
    reason: str = ""
    message: str = ""

    @property
    def is_as_it_should_be(self) -> bool:
        """Whether nobody needs to look: True, unless its being there at all is what is wrong."""
        return self.status == "True" and self.type not in ABNORMAL


class ObjectView(Model):
    """One resource: how it stands, and every condition but Ready."""

    kind: str
    namespace: str = ""
    name: str
    ready: ConditionStatus = "Unknown"
    reason: str = ""
    message: str = ""
    conditions: tuple[ConditionView, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether Ready is True, for the spec as it is now."""
        return self.ready == "True"

    @property
    def title(self) -> str:
        """Kind, namespace and name, such as `EdgeHost retail/edge-1`."""
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"


def view(body: Mapping[str, Any]) -> ObjectView:
    """Return how the resource `body` stands.

    A Ready that speaks of an older generation is Unknown: it does not know the spec as it is now.
    """
    metadata = body["metadata"]
    conditions = parse_status(Status, body.get("status")).conditions
    ready = next((each for each in conditions if each.type == "Ready"), None)
    rest = sorted((each for each in conditions if each.type != "Ready"), key=_order)
    status, reason, message = _verdict(ready, int(metadata.get("generation") or 0))
    return ObjectView(
        kind=str(body["kind"]),
        namespace=str(metadata.get("namespace") or ""),
        name=str(metadata["name"]),
        ready=status,
        reason=reason,
        message=message,
        conditions=tuple(
            ConditionView(type=each.type, status=each.status, reason=each.reason, message=each.message) for each in rest
        ),
    )


def _verdict(ready: StatusCondition | None, generation: int) -> tuple[ConditionStatus, str, str]:
    if ready is None:
        return "Unknown", "NotSeenYet", "the operator has not looked at it yet; does it run?"
    if (ready.observed_generation or 0) < generation:
        return "Unknown", "NotSeenYet", "the operator has not looked at the latest change of its spec yet"
    return ready.status, ready.reason, ready.message


def _order(condition: StatusCondition) -> tuple[int, str]:
    known = _ORDER.index(condition.type) if condition.type in _ORDER else len(_ORDER)
    return known, condition.type
