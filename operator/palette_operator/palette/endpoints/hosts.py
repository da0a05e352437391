"""Edge hosts: searched, read, registered, changed and deleted."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping

from palette_operator.domain.desired import DesiredHostRegistration
from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.observed import HostRow
from palette_operator.palette import operations
from palette_operator.palette.endpoints.base import Endpoints, read_whole
from palette_operator.palette.lanes import Lane
from palette_operator.palette.operations import Operation
from palette_operator.palette.scope import ProjectScope, Scope
from palette_operator.palette.transport import Call
from palette_operator.palette.wire.hosts import Host, host_metadata, registration_body, tunnel_body
from palette_operator.palette.wire.search import ItemPage, Page, any_of, search_body


class HostEndpoints(Endpoints):
    """`/v1/edgehosts` and the edge host search. A host's own calls go to the project that it is in."""

    async def host_pages(
        self,
        scope: Scope,
        *,
        names: Collection[str] = (),
        latest_first: bool = False,
        lane: Lane = Lane.ROUTINE,
    ) -> AsyncGenerator[Page[HostRow], None]:
        """Go through the edge hosts of `scope`, oldest first, a page of 50 at a time.

        `names` keeps those with one of these names; with `latest_first` those modified last come first. The search may
        lag behind writes.
        """
        doing = "searching edge hosts by name" if names else "listing edge hosts"
        filters = [any_of("name", names)] if names else []
        body = search_body(*filters, latest_first=latest_first)
        call = Call(doing, operations.SEARCH_EDGE_HOSTS, project=scope.project, body=body, lane=lane)
        async for page in self._pages(call, ItemPage[Host]):
            yield Page(tuple(item.row() for item in page.items), page.listmeta.count)

    async def search_hosts(
        self, scope: Scope, names: Collection[str], *, lane: Lane = Lane.USER_CHANGE
    ) -> list[HostRow]:
        """Find the edge hosts of `scope` with one of `names`. The search may lag behind writes."""
        if not names:
            return []
        pages = self.host_pages(scope, names=names, lane=lane)
        return await read_whole("searching edge hosts by name", pages, lambda row: row.uid)

    async def get_host(self, scope: ProjectScope, uid: HostUid, *, lane: Lane = Lane.TRANSITION) -> HostRow | None:
        """Read one edge host; None when it is not found while the credential works."""
        host = await self._read_or_gone(_call("reading", operations.GET_EDGE_HOST, scope, uid, lane=lane), Host)
        return None if host is None else host.row()

    async def register_host(
        self, scope: ProjectScope, host: DesiredHostRegistration, *, lane: Lane = Lane.USER_CHANGE
    ) -> HostUid:
        """Make a device known before it makes contact. Never repeated by itself.

        What Palette does about a uid that it knows already is not documented: expect Stalled("RemoteRejected").
        """
        secrets = (host.pairing_key,) if host.pairing_key else ()
        call = Call(
            f"registering edge host {host.uid}",
            operations.REGISTER_EDGE_HOST,
            project=scope.project,
            body=registration_body(host),
            lane=lane,
            secrets=secrets,
        )
        await self._send(call)
        return host.uid

    async def update_host_meta(
        self,
        scope: ProjectScope,
        uid: HostUid,
        *,
        name: str,
        labels: Mapping[str, str],
        lane: Lane = Lane.USER_CHANGE,
    ) -> None:
        """Set an edge host's name and tags, the full set."""
        body = {"metadata": host_metadata(uid, name, labels)}
        await self._send(_call("tagging", operations.SET_EDGE_HOST_METADATA, scope, uid, body=body, lane=lane))

    async def set_host_tunnel(
        self,
        scope: ProjectScope,
        uid: HostUid,
        *,
        remote_shell: bool | None = None,
        temporary_user: bool | None = None,
        lane: Lane = Lane.USER_CHANGE,
    ) -> None:
        """Switch the remote shell and its temporary user; None leaves a switch alone."""
        body = tunnel_body(remote_shell=remote_shell, temporary_user=temporary_user)
        call = _call("switching the remote shell of", operations.SET_EDGE_HOST_TUNNEL, scope, uid, body=body, lane=lane)
        await self._send(call)

    async def set_host_pairing_key(
        self, scope: ProjectScope, uid: HostUid, pairing_key: str, *, lane: Lane = Lane.USER_CHANGE
    ) -> None:
        """Set the key by which the device pairs."""
        call = _call(
            "setting the pairing key of",
            operations.SET_EDGE_HOST_PAIRING_KEY,
            scope,
            uid,
            body={"hostPairingKey": pairing_key},
            lane=lane,
            secrets=(pairing_key,),
        )
        await self._send(call)

    async def reset_host(self, scope: ProjectScope, uid: HostUid, *, lane: Lane = Lane.USER_CHANGE) -> None:
        """Take the device back to how it was before any cluster. Never repeated by itself."""
        await self._send(_call("resetting", operations.RESET_EDGE_HOST, scope, uid, lane=lane))

    async def delete_host(self, scope: ProjectScope, uid: HostUid, *, lane: Lane = Lane.DELETION) -> None:
        """Delete an edge host's registration; one that is gone counts as deleted."""
        await self._remove(_call("deleting", operations.DELETE_EDGE_HOST, scope, uid, lane=lane))


def _call(
    verb: str,
    operation: Operation,
    scope: ProjectScope,
    uid: HostUid,
    *,
    lane: Lane,
    body: object = None,
    secrets: tuple[str, ...] = (),
) -> Call:
    return Call(
        f"{verb} edge host {uid}",
        operation,
        (uid,),
        project=scope.project,
        body=body,
        lane=lane,
        secrets=secrets,
    )
