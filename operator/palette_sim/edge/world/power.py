"""Reboots, shutdowns and resets."""

from functools import partial

from palette_sim.edge.seed import Power
from palette_sim.edge.world.links import leave_link
from palette_sim.edge.world.records import Host, fresh_host
from palette_sim.edge.world.world import World


def reboot(world: World, host: Host, at_s: float) -> None:
    """Have a host go down a moment after `at_s`, and come back."""
    world.agenda.plan(at_s + world.config.durations.reboot_begins_s, partial(_go_down, world, host))


def shut_down(world: World, host: Host) -> None:
    """Have a host go down in a moment, and stay so until it is switched on."""
    world.later(world.config.durations.reboot_begins_s, lambda _: world.set_power(host, Power.OFF))


def reset(world: World, host: Host) -> None:
    """Take a host back to how it was delivered, its cluster, links and uploads gone; and reboot it.

    The user's password stays.
    """
    leave_link(world, host)
    fresh = fresh_host(host.seed, world.clock.now_s())
    if host.cluster is not None:
        host.cluster.nodes.pop(host.uid, None)
    host.cluster = None
    host.configuration, host.configuration_state = fresh.configuration, fresh.configuration_state
    host.user_data, host.content, host.pending_content = fresh.user_data, fresh.content, []
    host.overridden = host.update = host.upload = None
    host.modified_s = fresh.modified_s
    reboot(world, host, world.clock.now_s())


def _go_down(world: World, host: Host, at_s: float) -> None:
    if host.power is not Power.ON:
        return
    world.set_power(host, Power.OFF)
    boots = host.boots

    def come_up(_: float) -> None:
        if host.boots == boots and host.power is Power.OFF:
            host.reboot_pending = False
            world.set_power(host, Power.ON)

    world.agenda.plan(at_s + world.config.durations.reboot_s, come_up)
