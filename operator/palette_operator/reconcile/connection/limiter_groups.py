"""One limiter per rate-limit group, for the whole process: Palette counts per source address, whatever the key."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from palette_operator.palette.limiter import Limiter, LimiterOptions

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Group:
    limiter: Limiter
    options: LimiterOptions
    asked: dict[str, LimiterOptions] = field(default_factory=dict)
    """What each connection of the group asks for."""

    def settle(self) -> None:
        """Keep to the strictest of what is asked; when nobody asks any more, to what was asked last."""
        wanted = strictest(self.asked.values()) if self.asked else self.options
        if wanted != self.options:
            self.options = wanted
            self.limiter.change(wanted)


class LimiterGroups:
    """Hands out limiters; connections of one group share one, with the strictest of what they ask for.

    A group keeps its limiter for life: what was spent stays spent when its connections ask for something else.
    """

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}

    def limiter(self, group: str, connection: str, options: LimiterOptions) -> Limiter:
        """Return the limiter of a group, and note what a connection asks for; it asks in one group at a time."""
        for name in self._groups.keys() - {group}:
            self._drop(name, connection)
        known = self._groups.get(group)
        if known is None:
            known = self._groups[group] = _Group(Limiter(options, group=group), options)
        known.asked[connection] = options
        if len({repr(each) for each in known.asked.values()}) > 1 and strictest(known.asked.values()) != known.options:
            logger.warning(
                "the connections of rate-limit group %s ask for different limits; the strictest count", group
            )
        known.settle()
        return known.limiter

    def leave(self, connection: str) -> None:
        """Forget what a connection asked for."""
        for name in self._groups:
            self._drop(name, connection)

    def _drop(self, group: str, connection: str) -> None:
        if self._groups[group].asked.pop(connection, None) is not None:
            self._groups[group].settle()


def strictest(options: Iterable[LimiterOptions]) -> LimiterOptions:
    """Return options that are within each of those given."""
    every = list(options)
    overrides: dict[str, float] = {}
    for each in every:
        for prefix, per_second in each.overrides.items():
            overrides[prefix] = min(per_second, overrides.get(prefix, per_second))
    global_limits = [each.global_per_second for each in every if each.global_per_second]
    return LimiterOptions(
        share=min(each.share for each in every),
        capacity=min(each.capacity for each in every),
        global_per_second=min(global_limits, default=0.0),
        overrides=overrides,
    )
