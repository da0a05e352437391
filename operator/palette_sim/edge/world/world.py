"""All hosts of a site, as of now."""

from collections.abc import Callable
from dataclasses import dataclass

from palette_sim.common.agenda import Agenda, Step
from palette_sim.common.clock import Clock
from palette_sim.common.errors import ApiError
from palette_sim.edge.config import SiteConfig
from palette_sim.edge.seed import HostSeed, Power
from palette_sim.edge.world.records import Host, fresh_host


@dataclass(frozen=True, slots=True)
class LinkOffer:
    """A token that a host gave out for others to link with it."""

    host_uid: str
    ends_s: float


class World:
    """The hosts by uid, and what is still to happen to them."""

    def __init__(self, config: SiteConfig, clock: Clock, power_changed: Callable[[Host], None]) -> None:
        self.config = config
        self.clock = clock
        self.hosts: dict[str, Host] = {}
        self.offers: dict[str, LinkOffer] = {}
        """By token."""
        self.agenda = Agenda()
        self._power_changed = power_changed

    def add_host(self, seed: HostSeed) -> Host:
        """Put a host there; raises ValueError when its uid is taken."""
        if seed.uid in self.hosts:
            raise ValueError(f"there is a host {seed.uid} already")
        host = self.hosts[seed.uid] = fresh_host(seed, self.clock.now_s())
        return host

    def settle(self) -> float:
        """Let happen all that is due; tells the simulated time."""
        now_s = self.clock.now_s()
        self.agenda.run_until(now_s)
        return now_s

    def later(self, seconds: float, step: Step) -> None:
        """Have `step` run so many simulated seconds from now. A step judges by itself whether it still applies."""
        self.agenda.plan(self.clock.now_s() + seconds, step)

    def set_power(self, host: Host, power: Power) -> None:
        """Switch a host on or off, or cut its line."""
        if host.power is not power:
            host.power = power
            host.boots += power is Power.ON
            self._power_changed(host)

    def free_hosts_of(self, host: Host) -> dict[str, Host]:
        """Return the host and those linked with it that are in no cluster, by uid."""
        uids = host.link.host_uids if host.link else [host.uid]
        return {uid: self.hosts[uid] for uid in uids if self.hosts[uid].cluster is None}


def broken(code: str, message: str) -> ApiError:
    """Say that the host cannot do what it is asked to: most mutations declare no other error than a 500.

    Source: Edge Management OpenAPI, the responses of `POST /v1/edge-mgmt/cluster` and others.
    """
    return ApiError(500, code, message)
