"""One request as a host's endpoints see it, and their reply. Endpoints are plain functions from `Call` to `Reply`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from palette_sim.common.bodies import BodyT, read_error
from palette_sim.common.errors import ApiError
from palette_sim.common.jsonvalue import Json, JsonObject
from palette_sim.edge.sessions import Sessions
from palette_sim.edge.world.records import Cluster, Host
from palette_sim.edge.world.world import World


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint answers; without a body the response is empty."""

    status: int
    body: Json = None
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to one host. `token` is the one that it came with."""

    world: World
    host: Host
    sessions: Sessions = field(repr=False)
    now_s: float
    token: str = field(repr=False)
    params: Mapping[str, str]
    query: Mapping[str, str]
    cookies: Mapping[str, str] = field(repr=False)
    content_type: str
    raw_body: bytes = field(repr=False)

    def body(self, model: type[BodyT]) -> BodyT:
        """Read the body; raises ApiError 400 that names the first field at fault."""
        try:
            return model.model_validate_json(self.raw_body or b"null")
        except ValidationError as error:
            raise read_error(error) from None

    def cluster(self) -> Cluster:
        """Find the host's cluster; raises ApiError 404."""
        if self.host.cluster is None:
            raise ApiError(404, "ClusterNotFound", "There is no cluster on this host.")
        return self.host.cluster


Endpoint = Callable[[Call], Reply]


def accepted(message: str, status: int = 202) -> Reply:
    """Answer with v1AcceptedResponseWithMessage."""
    return Reply(status, {"message": message})


def written(body: BaseModel) -> JsonObject:
    """Write a body as it was sent, without what was not."""
    content: JsonObject = body.model_dump(mode="json", by_alias=True, exclude_none=True)
    return content


class Empty(Exception):
    """An answer without a body, such as v1BadRequest, v1Unauthorized and v1NotFound, which have no fields."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status
