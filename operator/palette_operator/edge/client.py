"""The client: every call to a host's own API that the operator knows, over one transport. One object a host."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from palette_operator.domain.leadership import Fence, always
from palette_operator.edge.clock import EdgeClock
from palette_operator.edge.endpoint import LocalEndpoint, OsLogin
from palette_operator.edge.endpoints.clusters import ClusterEndpoints
from palette_operator.edge.endpoints.content import ContentEndpoints
from palette_operator.edge.endpoints.hosts import HostEndpoints
from palette_operator.edge.multipart import Upload
from palette_operator.edge.network import Resolve, resolved
from palette_operator.edge.ranges import AllowedRanges
from palette_operator.edge.transport import Bounds, Transport

__all__ = ["AllowedRanges", "EdgeClient", "EdgeClock", "LocalEndpoint", "OsLogin", "Upload"]


class EdgeClient(ClusterEndpoints, ContentEndpoints, HostEndpoints):
    """One host's calls. Close it, or use it as a context manager; that logs out. A replaced Secret needs a new one."""

    def __init__(
        self,
        endpoint: LocalEndpoint,
        login: OsLogin,
        ranges: AllowedRanges,
        *,
        extended_session: bool = True,
        fence: Fence = always,
        clock: EdgeClock | None = None,
        bounds: Bounds | None = None,
        resolve: Resolve = resolved,
        network: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Connect to nothing yet; raises Stalled("EndpointNotAllowed"), or Stalled("InvalidSpec") for the TLS settings.

        `extended_session` asks for tokens of 24 hours rather than 2. Calls raise NotLeading, and nothing is sent, once
        `fence` says no. The last four are for tests.
        """
        super().__init__(
            Transport(
                endpoint,
                login,
                ranges,
                extended_session=extended_session,
                fence=fence,
                clock=clock,
                bounds=bounds,
                resolve=resolve,
                network=network,
            )
        )

    @property
    def is_first_login(self) -> bool | None:
        """Whether the host saw this user for the first time, as one whose password was never changed; None before."""
        return self.transport.session.is_first_login

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Log out, best effort, and let go of the connections."""
        await self.transport.aclose()
