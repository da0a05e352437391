"""One limiter per rate-limit group, for the whole process: Palette counts per source address, whatever the key."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from weakref import WeakSet

from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.transport import Transport

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Group:
    limiter: Limiter
    options: LimiterOptions
    asked: dict[str, LimiterOptions] = field(default_factory=dict)
    """What each connection of the group asks for."""


class LimiterGroups:
    """Hands out limiters; connections of one group share one, with the strictest of what they ask for."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        self._transports: defaultdict[str, WeakSet[Transport]] = defaultdict(WeakSet)

    def limiter(self, group: str, connection: str, options: LimiterOptions) -> Limiter:
        """Return the limiter of a group, and note what a connection asks for."""
        known = self._groups.get(group)
        asked = {**(known.asked if known else {}), connection: options}
        wanted = strictest(asked.values())
        if known is not None and known.options == wanted:
            known.asked = asked
            return known.limiter
        if len({repr(each) for each in asked.values()}) > 1:
            logger.warning(
                "the connections of rate-limit group %s ask for different limits; the strictest count", group
            )
        limiter = Limiter(wanted, group=group)
        self._groups[group] = _Group(limiter, wanted, asked)
        for transport in self._transports[group]:
            transport.limiter = limiter
        return limiter

    def enrol(self, group: str, transport: Transport) -> None:
        """Keep a transport's limiter that of its group, whatever other connections ask for later."""
        self._transports[group].add(transport)

    def leave(self, connection: str) -> None:
        """Forget what a connection asked for; the limits loosen with the next connection that asks."""
        for group in self._groups.values():
            group.asked.pop(connection, None)


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
