"""One request as the endpoints see it, and their reply. Endpoints are plain functions from `Call` to `Reply`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from palette_sim.common.bodies import BodyT, read_error
from palette_sim.common.jsonvalue import Json
from palette_sim.palette.access import Access, Caller
from palette_sim.palette.errors import forbidden, not_found
from palette_sim.palette.paging import Page
from palette_sim.palette.world.records import Cluster, EdgeHost, Project
from palette_sim.palette.world.world import World

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint answers; without a body the response is empty."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_body(self) -> bool:
        """Whether there is anything to send."""
        return self.body is not None


def ok(body: Json) -> Reply:
    """Answer 200 with a body."""
    return Reply(200, body)


def created(uid: str) -> Reply:
    """Answer 201 with v1Uid."""
    return Reply(201, {"uid": uid})


NO_CONTENT = Reply(204)


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose caller and scope are known. `project_uid` is empty in tenant scope."""

    world: World
    access: Access
    now_s: float
    caller: Caller
    project_uid: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    raw_body: bytes = field(repr=False)

    def page(self, items: Sequence[T]) -> Page[T]:
        """Cut the page of a list that the query asks for; raises ApiError 400 when it asks for none."""
        return self.world.lists.cut(items, self.query, self.now_s)

    def body(self, model: type[BodyT]) -> BodyT:
        """Read the body; raises ApiError 400 that names the first field at fault. An absent body is `{}`."""
        try:
            return model.model_validate_json(self.raw_body or b"{}")
        except ValidationError as error:
            raise read_error(error) from None

    def body_list(self, model: type[BodyT]) -> list[BodyT]:
        """Read a body that is an array; raises ApiError 400."""
        try:
            return TypeAdapter(list[model]).validate_json(self.raw_body or b"[]")  # type: ignore[valid-type]
        except ValidationError as error:
            raise read_error(error) from None

    def project(self, permission: str) -> Project:
        """Tell the project of the request; raises ApiError 403 in tenant scope."""
        if not self.project_uid:
            raise forbidden(permission)
        return self.world.projects[self.project_uid]

    def sees(self, project_uid: str) -> bool:
        """Tell whether lists in this scope show things of that project."""
        return self.project_uid in ("", project_uid)

    def host(self, permission: str) -> EdgeHost:
        """Find the edge host `uid`; raises ApiError 404, or 403 from another scope than its project's."""
        host = self.world.hosts.get(self.params["uid"])
        if host is None:
            raise not_found("edge host", self.params["uid"])
        if host.project_uid != self.project_uid:
            raise forbidden(permission)
        return host

    def cluster(self, permission: str) -> Cluster:
        """Find the cluster `uid`; raises ApiError 404 also while it is too new, 403 from another scope."""
        return self._scoped(self.params["uid"], "cluster", self.params["uid"], permission)

    def cluster_of_config(self, permission: str) -> Cluster:
        """Find the cluster that the cloud config `configUid` belongs to; raises as `cluster` does."""
        config_uid = self.params["configUid"]
        uid = self.world.cluster_uid_by_cloud_config.get(config_uid, "")
        return self._scoped(uid, "cloud config", config_uid, permission)

    def last_modified_s(self, cluster: Cluster) -> float:
        """Tell the cluster's `lastModifiedTimestamp` as of now."""
        since_s = None if cluster.is_going else cluster.running_s
        return self.world.last_modified_s(cluster.uid, cluster.modified_s, since_s, self.now_s)

    def _scoped(self, uid: str, kind: str, asked: str, permission: str) -> Cluster:
        cluster = self.world.clusters.get(uid)
        if cluster is None or self.now_s < cluster.created_s + self.world.config.durations.cluster_absent_s:
            raise not_found(kind, asked)
        if cluster.project_uid != self.project_uid:
            raise forbidden(permission)
        return cluster


Endpoint = Callable[[Call], Reply]


def flag(query: Mapping[str, str], name: str) -> bool:
    """Read a boolean query parameter."""
    return query.get(name, "").lower() == "true"
