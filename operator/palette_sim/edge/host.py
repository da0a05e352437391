"""One simulated edge host as tests and the demo get hold of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import JsonValue

from palette_sim.common.injection import FaultBody, FaultKind, FaultSpec, Injections, Pause, PauseSpec
from palette_sim.edge.certificate import SelfSigned, self_signed
from palette_sim.edge.gate import Machine
from palette_sim.edge.port import Port
from palette_sim.edge.requests import RequestLog
from palette_sim.edge.seed import Power
from palette_sim.edge.world.records import Cluster, Host

if TYPE_CHECKING:
    from palette_sim.edge.site import SimulatedSite


class SimulatedHost:
    """One host of a site that serves, and a hand on it."""

    def __init__(self, site: SimulatedSite, machine: Machine, port: Port, certificate: SelfSigned) -> None:
        self._site = site
        self._machine = machine
        self._port = port
        self._certificate = certificate

    @property
    def uid(self) -> str:
        """Its uid."""
        return self.record.uid

    @property
    def url(self) -> str:
        """Its base URL."""
        address = self._site.config.address
        return f"https://{f'[{address}]' if ':' in address else address}:{self._port.number}"

    @property
    def port(self) -> int:
        """Its port."""
        return self._port.number

    @property
    def ca_pem(self) -> str:
        """Its certificate, which signed itself."""
        return self._certificate.pem

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its certificate, as `AB:CD:...`."""
        return self._certificate.fingerprint

    @property
    def username(self) -> str:
        """Who may log in."""
        return self.record.seed.username

    @property
    def password(self) -> str:
        """With which password."""
        return self.record.password

    @property
    def requests(self) -> RequestLog:
        """What was asked of it."""
        return self._machine.requests

    @property
    def record(self) -> Host:
        """Its record, as of now; may be changed at any time."""
        self._site.world.settle()
        return self._machine.host

    @property
    def cluster(self) -> Cluster | None:
        """Its cluster, as of now."""
        return self.record.cluster

    @property
    def injections(self) -> Injections:
        """Everything that is to go wrong with it: latency and outages are set here."""
        return self._machine.injections

    async def set_power(self, power: Power) -> None:
        """Switch it on or off, or cut its line; connections that are open end."""
        self._site.world.set_power(self.record, power)
        await self._site.settle()

    async def change_certificate(self) -> None:
        """Show another certificate from now on; connections that are open end."""
        self._certificate = self_signed(self.uid, self._site.config.address)
        await self._site.open_anew(self.uid)

    @property
    def tokens(self) -> frozenset[str]:
        """The tokens that it gave out and that may count still, and what renews them."""
        return self._machine.sessions.held

    def revoke_tokens(self) -> None:
        """Let no token count any longer that it gave out."""
        self._machine.sessions.revoke_all()

    def fail_next(
        self,
        method: str = ".*",
        path: str = ".*",
        *,
        status: int = 500,
        code: str | int = "InternalError",
        message: str = "An injected fault.",
        body: FaultBody = FaultBody.JSON,
        headers: dict[str, str] | None = None,
        count: int | None = 1,
    ) -> None:
        """Answer the next `count` matching requests with an error instead of processing them.

        `method` and `path` are regular expressions for the whole method and the whole path.
        """
        spec = FaultSpec(
            method=method,
            path=path,
            status=status,
            code=code,
            message=message,
            body=body,
            headers=headers or {},
            count=count,
        )
        self.injections.add_fault(spec)

    def answer_next(
        self, method: str, path: str, reply: JsonValue, *, status: int = 200, count: int | None = 1
    ) -> None:
        """Answer the next `count` matching requests with this JSON instead of processing them, however odd it is."""
        self.injections.add_fault(FaultSpec(method=method, path=path, status=status, reply=reply, count=count))

    def drop_next(self, method: str = ".*", path: str = ".*", *, count: int | None = 1) -> None:
        """Close the connection of the next `count` matching requests before they are processed."""
        self.injections.add_fault(FaultSpec(method=method, path=path, kind=FaultKind.DROP, count=count))

    def lose_next(self, method: str = ".*", path: str = ".*", *, count: int | None = 1) -> None:
        """Process the next `count` matching requests, then close the connection instead of answering."""
        self.injections.add_fault(FaultSpec(method=method, path=path, kind=FaultKind.LOSE, count=count))

    def mangle(self, method: str = ".*", path: str = ".*", *, seed: int = 0, count: int | None = None) -> None:
        """Damage the answers to matching requests, each differently; the same seed does the same damage."""
        self.injections.add_fault(FaultSpec(method=method, path=path, kind=FaultKind.MANGLE, seed=seed, count=count))

    def pause(self, spec: PauseSpec) -> Pause:
        """Stop matching requests at a point; see `Pause` for how to wait for one and to let it go on."""
        return self.injections.add_pause(spec)

    async def apply_power(self) -> None:
        """Make the port behave as the host's power says, and end the connections that are open."""
        match self._machine.host.power:
            case Power.ON:
                await self._port.serve(self._site.server(self._machine.host.seed.generation), self._certificate.context)
            case Power.OFF:
                await self._port.refuse()
            case Power.SILENT:
                await self._port.ignore()
        self._site.end_connections(self._machine.host.seed.generation, self._port.number)

    def close(self) -> None:
        """Give its port up."""
        for pause in self.injections.pauses.values():
            pause.abandon()
        self._port.close()
