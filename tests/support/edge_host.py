"""An edge host that answers from a table, for the client alone: it counts requests and keeps what it was asked."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx

from palette_operator.edge.client import AllowedRanges, EdgeClient, EdgeClock, LocalEndpoint, OsLogin
from palette_operator.edge.transport import Bounds

URL = "https://10.0.0.7:5080"
PASSWORD = "os-password-that-is-secret"
USER = OsLogin("kairos", PASSWORD, origin="Secret 'edge-os' in namespace 'retail'")
RANGES = AllowedRanges.of(("10.0.0.0/8",))
LOGIN = "/v1/users/default/login"
RENEWAL = "/v1/users/default/token/renewal"
LOGOUT = "/v1/users/default/logout"
HOST = "/v1/edge-mgmt/edgehosts/current"
SETTINGS = "/v1/edge-mgmt/settings"
DETAILS = "/v1/edge-mgmt/cluster/details"
THIS_HOST = {"metadata": {"id": "edge-1", "name": "edge-1"}, "spec": {"connectionMode": "airgap"}, "status": {}}

Answer: TypeAlias = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def answer(status: int = 200, body: object = None, **headers: str) -> httpx.Response:
    """An answer with a JSON body, or none."""
    content = b"" if body is None else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers=headers)


@dataclass
class FakeTime:
    """Time that passes only by being slept."""

    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> EdgeClock:
        return EdgeClock(lambda: self.now, lambda: self.now, self.sleep, lambda: 0.5)


class EdgeHost:
    """What is not in the table is answered with an empty 404; logins succeed."""

    def __init__(self, answers: dict[str, Answer | list[Answer]] | None = None) -> None:
        """`answers` are by `METHOD /path`; of a list each serves once, and its last for ever."""
        self.answers: dict[str, Answer | list[Answer]] = {
            f"GET {HOST}": answer(200, THIS_HOST),
            f"GET {SETTINGS}": answer(200, {"installationMode": "airgap", "managementMode": "local"}),
            **(answers or {}),
        }
        self.requests: list[httpx.Request] = []
        self.bodies: list[bytes] = []
        self.issued = 0
        self.time = FakeTime()
        self.before: Callable[[httpx.Request], Awaitable[None]] | None = None

    def client(
        self, *, login: OsLogin = USER, bounds: Bounds | None = None, extended_session: bool = True
    ) -> EdgeClient:
        """A client of this host; nothing of it touches a network."""
        return EdgeClient(
            LocalEndpoint(URL),
            login,
            RANGES,
            clock=self.time.clock(),
            bounds=bounds,
            extended_session=extended_session,
            network=httpx.MockTransport(self._answered),
        )

    def asked(self, *, logins: bool = False) -> list[str]:
        """`METHOD /path` of the requests, in order, without those of the session unless wanted."""
        calls = [f"{request.method} {request.url.path}" for request in self.requests]
        return calls if logins else [call for call in calls if "/v1/users/default/" not in call]

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(await request.aread())
        if self.before is not None:
            await self.before(request)
        found = self.answers.get(f"{request.method} {request.url.path}") or self._otherwise(request)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(found, Exception):
            raise found
        made = found if isinstance(found, httpx.Response) else found(request)
        return httpx.Response(made.status_code, headers=made.headers, content=made.content)

    def _otherwise(self, request: httpx.Request) -> httpx.Response:
        if request.url.path not in {LOGIN, RENEWAL}:
            return answer(200 if request.url.path == LOGOUT else 404)
        self.issued += 1
        token = {"Authorization": f"token-{self.issued}-secret", "RefreshToken": f"refresh-{self.issued}-secret"}
        return answer(200, token if request.url.path == RENEWAL else {"Token": token, "IsFirstLogin": False})
