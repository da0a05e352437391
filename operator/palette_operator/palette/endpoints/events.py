"""What Palette tells of its objects in events of its own."""

from __future__ import annotations

from collections.abc import Collection

from palette_operator.domain.identifiers import ClusterUid
from palette_operator.domain.remote_event import RemoteEvent
from palette_operator.http.secrets import without_secrets
from palette_operator.palette import operations
from palette_operator.palette.endpoints.base import Endpoints
from palette_operator.palette.lanes import Lane
from palette_operator.palette.scope import ProjectScope
from palette_operator.palette.transport import Call
from palette_operator.palette.wire.events import ComponentEvent
from palette_operator.palette.wire.search import PAGE_SIZE, ItemPage

_CLUSTER = "spectrocluster"


class EventEndpoints(Endpoints):
    """`/v1/events/components`."""

    async def cluster_events(
        self,
        scope: ProjectScope,
        uid: ClusterUid,
        *,
        secrets: Collection[str] = (),
        lane: Lane = Lane.ROUTINE,
        permit_deadline_s: float | None = None,
    ) -> list[RemoteEvent]:
        """Read the latest events of a cluster, at most 50, with the credential and `secrets` struck out.

        Raises Waiting, with nothing sent, when the limiter has not let it go after `permit_deadline_s`.
        """
        call = Call(
            f"reading the events of cluster {uid}",
            operations.LIST_EVENTS,
            (_CLUSTER, uid),
            project=scope.project,
            query={"limit": str(PAGE_SIZE), "orderBy": "metadata.lastModifiedTimestamp=-1"},
            lane=lane,
            permit_deadline_s=permit_deadline_s,
        )
        page = await self._read(call, ItemPage[ComponentEvent])
        hidden = (*secrets, *(self.transport.session.headers() or {}).values())
        return [item.event(lambda text: without_secrets(text, hidden)) for item in page.items]
