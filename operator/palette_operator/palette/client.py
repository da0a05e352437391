"""The client: every call to Palette that the operator knows, over one transport.

It holds no state of its own: the scope is an argument of each call, and a call that must be made in a project takes a
`ProjectScope`, so that it cannot be made without one.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from palette_operator.palette.endpoints.catalogue import CatalogueEndpoints
from palette_operator.palette.endpoints.clusters import ClusterEndpoints
from palette_operator.palette.endpoints.edge_native import EdgeNativeEndpoints
from palette_operator.palette.endpoints.events import EventEndpoints
from palette_operator.palette.endpoints.hosts import HostEndpoints
from palette_operator.palette.endpoints.identity import IdentityEndpoints
from palette_operator.palette.endpoints.registration import RegistrationEndpoints
from palette_operator.palette.endpoints.tenant import TenantEndpoints
from palette_operator.palette.scope import TENANT, ProjectScope, Scope, Tenant

__all__ = ["TENANT", "PaletteClient", "ProjectScope", "Scope", "Tenant"]


class PaletteClient(
    CatalogueEndpoints,
    ClusterEndpoints,
    EdgeNativeEndpoints,
    EventEndpoints,
    HostEndpoints,
    IdentityEndpoints,
    RegistrationEndpoints,
    TenantEndpoints,
):
    """One connection's calls. Close it, or use it as a context manager; that closes the transport too."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._probe.aclose()
        await self.transport.aclose()
