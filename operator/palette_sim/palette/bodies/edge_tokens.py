"""Bodies about registration tokens."""

from palette_sim.common.bodies import Body
from palette_sim.palette.bodies.base import ObjectMeta


class EdgeTokenSpecBody(Body):
    """v1EdgeTokenSpecEntity."""

    default_project_uid: str | None = None
    expiry: str | None = None


class EdgeTokenBody(Body):
    """v1EdgeTokenEntity."""

    metadata: ObjectMeta | None = None
    spec: EdgeTokenSpecBody | None = None


class EdgeTokenState(Body):
    """v1EdgeTokenActiveState."""

    is_active: bool | None = None
