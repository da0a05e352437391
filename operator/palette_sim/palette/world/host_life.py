"""The life of an edge host: registered, paired, ill and well again, in a cluster and free."""

import random
from functools import partial

from palette_sim.palette.config import ExistingHost
from palette_sim.palette.errors import Refused
from palette_sim.palette.world.cluster_health import assess_health
from palette_sim.palette.world.records import EdgeHost
from palette_sim.palette.world.world import World

_SECONDS_PER_DAY = 86_400


def register(world: World, host: EdgeHost, at_s: float) -> None:
    """Add a host that waits for its device; raises Refused when the uid is known and the settings say so."""
    known = world.hosts.get(host.uid)
    if known is not None and world.config.existing_host is ExistingHost.REFUSE:
        raise Refused("EdgeHostDeviceAlreadyRegistered", f"The edge host '{host.uid}' is already registered.")
    if known is not None and known.cluster_uid:
        raise Refused("EdgeHostDeviceInUse", f"The edge host '{host.uid}' is in use by a cluster.")
    world.hosts[host.uid] = host
    world.touch_host(host, at_s)
    if world.config.durations.host_pairing_s is not None:
        world.agenda.plan(at_s + world.config.durations.host_pairing_s, partial(pair, world, host))


def appear(world: World, host: EdgeHost, at_s: float) -> None:
    """Add a host that registered itself, or let a known one make contact."""
    known = world.hosts.setdefault(host.uid, host)
    pair(world, known, at_s)


def pair(world: World, host: EdgeHost, at_s: float) -> None:
    """Let the device make its first contact: the host becomes ready and healthy. Safe to repeat."""
    if world.hosts.get(host.uid) is not host or host.paired_s is not None:
        return
    host.paired_s = at_s
    world.touch_host(host, at_s)
    if not host.resets:
        _plan_illness(world, host, at_s, illnesses=0)


def fall_ill(world: World, host: EdgeHost, message: str, at_s: float) -> None:
    """Make a paired host unhealthy, and the cluster that it is in."""
    host.illness = message
    _show_health(world, host, at_s)


def recover(world: World, host: EdgeHost, at_s: float) -> None:
    """Make a host healthy again, and its cluster if no other host of it is ill."""
    host.illness = ""
    _show_health(world, host, at_s)


def unregister(world: World, host: EdgeHost, at_s: float) -> None:
    """Remove a host; raises Refused while a cluster uses it."""
    if host.cluster_uid:
        raise Refused("EdgeHostDeviceInUse", f"The edge host '{host.uid}' is in use by a cluster.")
    world.drop_host(host, at_s)


def reset(world: World, host: EdgeHost, at_s: float) -> None:
    """Wipe a host: it stays registered, and pairs anew. Raises Refused while a cluster uses it.

    What Palette does is documented in one sentence ("reset the cluster through edge host"): this is a guess.
    """
    if host.cluster_uid:
        raise Refused("EdgeHostDeviceInUse", f"The edge host '{host.uid}' is in use by a cluster.")
    host.paired_s, host.illness = None, ""
    host.resets += 1
    world.touch_host(host, at_s)
    world.agenda.plan(at_s + (world.config.durations.host_pairing_s or 0.0), partial(pair, world, host))


def _show_health(world: World, host: EdgeHost, at_s: float) -> None:
    world.touch_host(host, at_s)
    if cluster := world.clusters.get(host.cluster_uid):
        assess_health(world, cluster, at_s)


def _plan_illness(world: World, host: EdgeHost, at_s: float, *, illnesses: int) -> None:
    illness = world.config.illness
    if not illness.per_host_and_day:
        return
    dice = random.Random(f"{world.config.random_seed}/{host.uid}/{illnesses}")  # noqa: S311 - reproducible, not secret
    starts_s = at_s + dice.expovariate(illness.per_host_and_day / _SECONDS_PER_DAY)

    def start(due_s: float) -> None:
        if world.hosts.get(host.uid) is host:
            fall_ill(world, host, "The agent has sent no heartbeat.", due_s)
            world.agenda.plan(due_s + illness.duration_s, end)

    def end(due_s: float) -> None:
        if world.hosts.get(host.uid) is host:
            recover(world, host, due_s)
            _plan_illness(world, host, due_s, illnesses=illnesses + 1)

    world.agenda.plan(starts_s, start)
