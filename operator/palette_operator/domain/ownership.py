"""Whose an object in Palette is: ours by its mark, somebody else's, or free to be taken over where that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.marks import OWNER_LABEL, Identity, is_marked


class Labelled(Protocol):
    """Anything with a name and labels: a cluster or an edge host as Palette lists it."""

    @property
    def name(self) -> str: ...  # noqa: D102 - as the class says
    @property
    def labels(self) -> Mapping[str, str]: ...  # noqa: D102 - as the class says


ItemT = TypeVar("ItemT", bound=Labelled)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a resource may call its own."""

    key: ObjectKey
    identity: Identity
    adoption: str
    """IfOwned, IfExists or Required."""
    may_adopt_foreign: bool
    """The connection allows taking over objects without a mark."""


@dataclass(frozen=True, slots=True)
class Ours(Generic[ItemT]):
    """It carries our mark, or was known by its uid before."""

    item: ItemT


@dataclass(frozen=True, slots=True)
class Adoptable(Generic[ItemT]):
    """It carries nobody's mark, and may be taken over."""

    item: ItemT


@dataclass(frozen=True, slots=True)
class NotOurs:
    """It must not be touched."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Nobody:
    """There is none."""


Ownership: TypeAlias = Ours[ItemT] | Adoptable[ItemT] | NotOurs | Nobody


def whose(claim: Claim, found: Iterable[ItemT], *, what: str, where: str = "in Palette") -> Ownership[ItemT]:
    """Judge what was found under the name, uid or mark of a resource; `what` and `where` name it for people.

    Ours wins over anything else of the same name; more than one candidate without a mark is never guessed between.
    """
    items = list(found)
    ours = [item for item in items if claim.identity.owns(item.labels, claim.key)]
    if len(ours) > 1:
        return NotOurs(
            "AmbiguousOwner", f"{len(ours)} objects {where} carry the mark of {claim.key}; remove all but one"
        )
    if ours:
        return Ours(ours[0])
    if not items:
        return Nobody()
    return _foreign(claim, items, what, where)


def _foreign(claim: Claim, items: list[ItemT], what: str, where: str) -> Ownership[ItemT]:
    if any(item.labels.get(OWNER_LABEL) == claim.identity.owner(claim.key) for item in items):
        return NotOurs(
            "OwnedByAnother",
            f"{what} is marked by this operator id from another management cluster; "
            "set the operator's takeover setting if that one is gone",
        )
    if any(is_marked(item.labels) for item in items):
        return NotOurs(
            "OwnedByAnother", f"{what} belongs to another resource; choose another name, or release it there"
        )
    if claim.adoption == "IfOwned":
        return NotOurs(
            "AdoptionRequired",
            f"{what} already exists {where} and is not ours; set spec.adoption.policy to IfExists to take it over",
        )
    if not claim.may_adopt_foreign:
        return NotOurs(
            "AdoptionRequired",
            f"{what} already exists {where}, and the connection does not allow taking it over: "
            "set spec.allow.adoptForeign on it",
        )
    if len(items) > 1:
        return NotOurs("AdoptionRequired", f"{len(items)} objects named {items[0].name} exist; name one by its uid")
    return Adoptable(items[0])
