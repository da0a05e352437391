"""What happened to clusters and hosts, as Palette tells it in component events. Reasons and wording are ours."""

from __future__ import annotations

from palette_sim.palette.world.records import Cluster, ComponentEvent, EdgeHost, Severity
from palette_sim.palette.world.world import World

_MOST = 500
"""Events that are kept of one object."""


def note(
    world: World, about: Cluster | EdgeHost, at_s: float, *, severity: Severity, reason: str, message: str
) -> None:
    """Add an event about a cluster or a host."""
    about.events.append(ComponentEvent(world.mint_uid(), severity, reason, message, at_s))
    del about.events[:-_MOST]
