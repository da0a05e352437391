"""What can be chosen about the simulated Palette: pace, limits, leniency and delays.

Every value has a default that makes a realistic Palette, so that a test or a demo names only what it is about.
"""

from enum import StrEnum
from pathlib import Path

from pydantic import Field

from palette_sim.common.settings import Settings


class LimitReading(StrEnum):
    """The three ways in which the documentation of the request limits can be read.

    Source: Palette docs, "Rate Limits" ("a burst queue ... of five", "50 (10 * 5) requests in seconds").
    """

    SMALL_BURST = "small-burst"
    LARGE_BURST = "large-burst"
    WINDOW = "window"
    OFF = "off"


class ThrottleBody(StrEnum):
    """The body of a 429, of which Palette documents nothing."""

    JSON = "json"
    TEXT = "text"


class Bumps(StrEnum):
    """How often a health heartbeat also moves `lastModifiedTimestamp`."""

    NEVER = "never"
    SOMETIMES = "sometimes"
    ALWAYS = "always"


class DuplicateNames(StrEnum):
    """What a POST of a cluster does when a live cluster of that project bears the name already."""

    ACCEPT = "accept"
    REFUSE = "refuse"


class ExistingHost(StrEnum):
    """What a POST of an edge host does when its uid is registered already."""

    REFUSE = "refuse"
    OVERWRITE = "overwrite"


class ApiVersion(StrEnum):
    """The version of the API that is served. Source: the titles of Palette's OpenAPI files."""

    V4_8 = "4.8"
    V4_9 = "4.9"


class Durations(Settings):
    """How long things take, in simulated seconds."""

    cluster_absent_s: float = Field(default=1, ge=0, description="After a POST, GET by uid answers 404 for this long.")
    cluster_statusless_s: float = Field(default=2, ge=0, description="Then GET carries no status for this long.")
    pending_s: float = Field(default=10, ge=0, description="In state Pending.")
    provisioning_s: float = Field(default=300, ge=0, description="In state Provisioning.")
    becoming_healthy_s: float = Field(default=30, ge=0, description="From Running to Healthy and add-ons deployed.")
    resolving_s: float = Field(default=15, ge=0, description="From a profile change to spcApply.canBeApplied.")
    applying_s: float = Field(default=90, ge=0, description="From there until all packs are Ready.")
    machine_joining_s: float = Field(default=60, ge=0, description="From a host's joining a pool to machine Running.")
    machine_leaving_s: float = Field(default=60, ge=0, description="A machine is Deleting for this long.")
    machine_replacing_s: float = Field(
        default=600, ge=0, description="A machine deleted while its host stays in the pool comes back after this long."
    )
    deleting_s: float = Field(default=120, ge=0, description="A cluster is Deleting for this long.")
    deleted_record_s: float = Field(default=259_200, ge=0, description="A Deleted cluster stays readable (72 hours).")
    force_delete_after_s: float = Field(default=900, ge=0, description="Force delete is refused before this.")
    host_pairing_s: float | None = Field(
        default=30, ge=0, description="A registered host pairs after this long; null: only on command."
    )
    token_life_s: float = Field(default=900, gt=0, description="Of a token that a login gives.")
    heartbeat_s: float = Field(default=30, gt=0, description="Between two heartbeats of a cluster or a host.")


class Illness(Settings):
    """Hosts that fall ill by themselves. Off by default."""

    per_host_and_day: float = Field(default=0, ge=0, description="Average number, in simulated time.")
    duration_s: float = Field(default=600, gt=0, description="Until it recovers, in simulated seconds.")


class PaletteConfig(Settings):
    """Everything that can be chosen about one simulated Palette."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535, description="0: any free port.")
    speed: float = Field(default=1.0, gt=0, description="Simulated seconds per real second.")
    random_seed: int = 0
    version: ApiVersion = ApiVersion.V4_9

    limits: LimitReading = LimitReading.SMALL_BURST
    throttle_body: ThrottleBody = ThrottleBody.TEXT
    retry_after_s: int | None = Field(default=None, ge=0, description="Sent with a 429; null: no such header.")
    trust_forwarded_for: bool = Field(default=False, description="Take X-Forwarded-For for the source address.")

    search_lag_s: float = Field(default=0, ge=0, description="Searches lag behind writes; simulated seconds.")
    bumps: Bumps = Bumps.NEVER
    duplicate_names: DuplicateNames = DuplicateNames.ACCEPT
    existing_host: ExistingHost = ExistingHost.REFUSE
    operational_error_status: int = Field(default=500, ge=400, le=599)
    variables_wait_for_spc: bool = Field(
        default=True, description="Refuse to change variables while spcApply.canBeApplied is false."
    )

    durations: Durations = Field(default_factory=Durations)
    illness: Illness = Field(default_factory=Illness)
    installed_version: str = Field(
        default="", description="Told to all who ask; empty: to nobody, as by the hosted one."
    )
    access_log: Path | None = Field(default=None, description="Also write the access log here, as JSON lines.")
