"""Clusters: searched, read, created, changed and deleted."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence

from palette_operator.domain.identifiers import ClusterUid, ProfileUid
from palette_operator.domain.observed import ClusterDetail, ClusterRow
from palette_operator.http.secrets import variable_values, without_secrets
from palette_operator.palette import operations
from palette_operator.palette.endpoints.base import Endpoints, read_whole
from palette_operator.palette.lanes import Lane
from palette_operator.palette.operations import Operation
from palette_operator.palette.scope import ProjectScope, Scope
from palette_operator.palette.transport import Call
from palette_operator.palette.wire.base import Created
from palette_operator.palette.wire.clusters import Cluster, ClusterSummary, ProfileVariables, Validation
from palette_operator.palette.wire.search import ItemPage, Page, any_of, not_deleted, search_body


class ClusterEndpoints(Endpoints):
    """`/v1/spectroclusters` and the cluster search. A cluster's own calls go to the project that it is in."""

    async def cluster_pages(
        self,
        scope: Scope,
        *,
        names: Collection[str] = (),
        latest_first: bool = False,
        lane: Lane = Lane.ROUTINE,
    ) -> AsyncGenerator[Page[ClusterRow], None]:
        """Go through the clusters of `scope` that are not deleted, oldest first, a page of 50 at a time.

        `names` keeps those with one of these names; with `latest_first` those modified last come first. The search may
        lag behind writes.
        """
        filters = [not_deleted(), any_of("clusterName", names)] if names else [not_deleted()]
        doing = "searching clusters by name" if names else "listing clusters"
        body = search_body(*filters, latest_first=latest_first)
        call = Call(doing, operations.SEARCH_CLUSTERS, project=scope.project, body=body, lane=lane)
        async for page in self._pages(call, ItemPage[ClusterSummary]):
            yield Page(tuple(item.row() for item in page.items), page.listmeta.count)

    async def search_clusters(
        self, scope: Scope, names: Collection[str], *, lane: Lane = Lane.USER_CHANGE
    ) -> list[ClusterRow]:
        """Find the clusters of `scope` with one of `names` that are not deleted. The search may lag behind writes."""
        if not names:
            return []
        pages = self.cluster_pages(scope, names=names, lane=lane)
        return await read_whole("searching clusters by name", pages, lambda row: row.uid)

    async def get_cluster(
        self, scope: ProjectScope, uid: ClusterUid, *, lane: Lane = Lane.TRANSITION
    ) -> ClusterDetail | None:
        """Read one cluster; None when it is gone: in state Deleted, or not found while the credential works.

        Right after its creation a cluster may be not found for a moment, and then be without a state ("").
        """
        cluster = await self._read_or_gone(_call("reading", operations.GET_CLUSTER, scope, uid, lane=lane), Cluster)
        return None if cluster is None or cluster.status.state == "Deleted" else cluster.detail()

    async def create_edge_native_cluster(
        self,
        scope: ProjectScope,
        body: Mapping[str, object],
        *,
        lane: Lane = Lane.USER_CHANGE,
        leave_within_s: float | None = None,
    ) -> ClusterUid:
        """Create a cluster. Never repeated by itself, and not to be repeated after Unavailable without a search.

        `body` is a v1SpectroEdgeNativeClusterEntity. Raises Waiting, with nothing sent, when it has not left after
        `leave_within_s`: for want of a permit, of a login or of a connection.
        """
        call = Call(
            f"creating cluster {_name_in(body)}",
            operations.CREATE_EDGE_NATIVE_CLUSTER,
            project=scope.project,
            body=body,
            lane=lane,
            leave_within_s=leave_within_s,
            secrets=variable_values(body),
        )
        return ClusterUid((await self._read(call, Created)).uid)

    async def validate_edge_native_cluster(
        self, scope: ProjectScope, body: Mapping[str, object], *, lane: Lane = Lane.USER_CHANGE
    ) -> tuple[str, ...]:
        """Ask what Palette would have against creating this cluster; nothing when it would not object."""
        secrets = variable_values(body)
        call = Call(
            f"validating cluster {_name_in(body)}",
            operations.VALIDATE_EDGE_NATIVE_CLUSTER,
            project=scope.project,
            body=body,
            lane=lane,
            secrets=secrets,
        )
        complaints = (await self._read(call, Validation)).complaints()
        return tuple(without_secrets(complaint, secrets) for complaint in complaints)

    async def set_cluster_metadata(
        self,
        scope: ProjectScope,
        uid: ClusterUid,
        *,
        name: str,
        labels: Mapping[str, str],
        annotations: Mapping[str, str] | None = None,
        lane: Lane = Lane.USER_CHANGE,
    ) -> None:
        """Set a cluster's tags, the full set, and if given its annotations (the description among them)."""
        metadata: dict[str, object] = {"name": name, "labels": dict(labels)}
        if annotations is not None:
            metadata["annotations"] = dict(annotations)
        await self._send(
            _call("tagging", operations.SET_CLUSTER_METADATA, scope, uid, body={"metadata": metadata}, lane=lane)
        )

    async def patch_profiles(
        self,
        scope: ProjectScope,
        uid: ClusterUid,
        profiles: Sequence[Mapping[str, object]],
        *,
        lane: Lane = Lane.USER_CHANGE,
    ) -> None:
        """Attach, replace (`replaceWithProfile`) or re-send profiles; removes none.

        Never repeated by itself: what was to be replaced may be gone by then. Items: v1SpectroClusterProfileEntity.
        """
        body = {"profiles": [dict(profile) for profile in profiles]}
        await self._send(
            _call(
                "applying profiles to",
                operations.PATCH_CLUSTER_PROFILES,
                scope,
                uid,
                body=body,
                lane=lane,
                secrets=variable_values(body),
            )
        )

    async def remove_profiles(
        self, scope: ProjectScope, uid: ClusterUid, profiles: Collection[ProfileUid], *, lane: Lane = Lane.USER_CHANGE
    ) -> None:
        """Detach profiles."""
        body = {"profileUids": sorted(profiles)}
        await self._send(
            _call("removing profiles from", operations.REMOVE_CLUSTER_PROFILES, scope, uid, body=body, lane=lane)
        )

    async def get_variables(
        self, scope: ProjectScope, uid: ClusterUid, *, lane: Lane = Lane.TRANSITION
    ) -> list[ProfileVariables]:
        """Read the variables of the attached profiles; sensitive values come masked."""
        call = _call("reading the variables of", operations.GET_CLUSTER_VARIABLES, scope, uid, lane=lane)
        return await self._read(call, list[ProfileVariables])

    async def set_variables(
        self,
        scope: ProjectScope,
        uid: ClusterUid,
        variables: Sequence[Mapping[str, object]],
        *,
        lane: Lane = Lane.USER_CHANGE,
    ) -> None:
        """Set variables of attached profiles. Items: v1SpectroClusterVariableUpdateEntity."""
        body = [dict(item) for item in variables]
        secrets = variable_values(body)
        await self._send(
            _call(
                "setting variables of",
                operations.SET_CLUSTER_VARIABLES,
                scope,
                uid,
                body=body,
                lane=lane,
                secrets=secrets,
            )
        )

    async def delete_cluster(
        self, scope: ProjectScope, uid: ClusterUid, *, force: bool = False, lane: Lane = Lane.DELETION
    ) -> None:
        """Ask for a cluster's deletion, which then takes its time; `force` orphans what Palette cannot remove."""
        query = {"forceDelete": "true"} if force else {}
        await self._remove(_call("deleting", operations.DELETE_CLUSTER, scope, uid, query=query, lane=lane))


def _name_in(body: Mapping[str, object]) -> str:
    metadata = body.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, Mapping) else ""


def _call(
    verb: str,
    operation: Operation,
    scope: ProjectScope,
    uid: ClusterUid,
    *,
    lane: Lane,
    query: Mapping[str, str] | None = None,
    body: object = None,
    secrets: tuple[str, ...] = (),
) -> Call:
    return Call(
        f"{verb} cluster {uid}",
        operation,
        (uid,),
        project=scope.project,
        query=query or {},
        body=body,
        lane=lane,
        secrets=secrets,
    )
