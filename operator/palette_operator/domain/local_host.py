"""What one look at a host through its own API shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from palette_operator.domain.local import AIRGAP, Content, HostConfiguration, LinkStatus, LocalCluster, LocalHostInfo
from palette_operator.domain.observed import Unknown

_SHOWN_OF_A_TYPE = 20

FactT = TypeVar("FactT")
Maybe: TypeAlias = FactT | Unknown
"""What was read, or why it could not be."""


@dataclass(frozen=True, slots=True)
class HostContent:
    """What a host holds for its clusters. There may be thousands, and thousands of hosts: only the first are kept."""

    counts: tuple[tuple[str, int], ...] = ()
    """How many of each type, by type."""
    items: tuple[Content, ...] = ()
    """The first 20 of each type, by name."""

    @classmethod
    def of(cls, contents: Iterable[Content]) -> HostContent:
        """Return the same for the same contents, in whatever order they are listed."""
        by_type: dict[str, list[Content]] = {}
        for content in sorted(contents, key=lambda each: (each.type, each.name, each.version)):
            by_type.setdefault(content.type, []).append(content)
        return cls(
            counts=tuple((type_, len(found)) for type_, found in by_type.items()),
            items=tuple(each for found in by_type.values() for each in found[:_SHOWN_OF_A_TYPE]),
        )


@dataclass(frozen=True, slots=True)
class LocalHostSeen:
    """A host that answered. Parts that could not be read are Unknown, which says nothing of them."""

    info: LocalHostInfo
    cluster: Maybe[LocalCluster | None]
    """None: the host is in no cluster, for certain."""
    links: Maybe[LinkStatus]
    configuration: Maybe[HostConfiguration]
    content: Maybe[HostContent]

    @property
    def is_airgapped(self) -> bool:
        """Whether the host takes its orders from nobody else."""
        return self.info.connection_mode == AIRGAP
