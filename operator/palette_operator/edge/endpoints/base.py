"""What the groups of calls share: sending, reading, being sure that something is not there, and the host's mode."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TypeVar

from palette_operator.domain.errors import Stalled, Unavailable
from palette_operator.domain.local import LocalHostInfo, LocalSettings
from palette_operator.edge import operations
from palette_operator.edge.call import Call
from palette_operator.edge.failures import NotFound, PathMissing
from palette_operator.edge.multipart import Form
from palette_operator.edge.operations import Operation
from palette_operator.edge.transport import Transport
from palette_operator.edge.wire.base import check_acknowledged, decode
from palette_operator.edge.wire.hosts import Host, Settings
from palette_operator.http.replies import Reply

T = TypeVar("T")


class Endpoints:
    """Base of the groups: they differ in what they call, not in how."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def host(self) -> LocalHostInfo:
        """Read the host's facts; raises Unavailable when it does not say which host it is."""
        call = self._call("reading the host", operations.GET_HOST)
        try:
            info = (await self._read(call, Host)).info()
        except NotFound as error:
            message = f"{error.message}; spec.local.endpoint is not that of a host's own API"
            raise Unavailable("Unreachable", message, answer=error.answer) from error
        if not info.uid:
            raise Unavailable("Unreachable", f"{call.doing}: the answer does not say which host it is")
        return info

    async def settings(self) -> LocalSettings:
        """Tell how the host was installed; from its facts, where it is too old to have settings or tells no mode."""
        try:
            settings = (await self._read(self._call("reading settings", operations.GET_SETTINGS), Settings)).settings()
        except (NotFound, PathMissing):
            settings = LocalSettings()
        if settings.installation_mode:
            return settings
        info = await self.host()
        mode = settings.management_mode or info.management_mode
        return LocalSettings(info.connection_mode, mode, settings.feature_flags)

    def _call(
        self,
        doing: str,
        operation: Operation,
        *names: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        form: Form | None = None,
        secrets: tuple[str, ...] = (),
    ) -> Call:
        """Describe a call; raises Stalled("InvalidSpec") for a name that can be no part of a path."""
        doing = f"{self.transport.endpoint.url}: {doing}"
        try:
            return Call(doing, operation, names, query=query or {}, body=body, form=form, secrets=secrets)
        except ValueError as error:
            raise Stalled("InvalidSpec", f"{doing}: {error}") from error

    async def _send(self, call: Call) -> None:
        """Do a write of which nothing is to be learned but that it was accepted."""
        check_acknowledged(call.doing, await self._transmit(call))

    async def _read(self, call: Call, shape: type[T]) -> T:
        return decode(call.doing, await self._transmit(call), shape)

    async def _read_or_none(self, call: Call, shape: type[T]) -> T | None:
        """Read something; None only when the host says that it is not there, and it is the host that answers."""
        try:
            return await self._read(call, shape)
        except NotFound:
            await self.host()
            return None

    async def _remove(self, call: Call) -> None:
        """Delete something; what is not there any more counts as deleted."""
        try:
            await self._send(call)
        except NotFound:
            await self.host()

    async def _transmit(self, call: Call) -> Reply:
        """Send a call, unless it is one that a connected host refuses and this one is not known to be air-gapped."""
        if not call.operation.airgap_only:
            return await self.transport.send(call)
        return await self.transport.send(call, confirm=partial(self._confirm_airgap, call.doing))

    async def _confirm_airgap(self, doing: str) -> None:
        mode = await self.settings()
        if mode.is_airgapped is None:
            message = f"{doing}: not sent, since the host does not say whether it is connected to Palette"
            raise Unavailable("Unreachable", message)
        if not mode.is_airgapped:
            message = f"{doing}: not sent, since the host is connected to Palette; make the change there"
            raise Stalled("HostIsConnected", message)
