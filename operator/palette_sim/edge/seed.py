"""What there is at a site at the start: hosts, and the definitions of clusters that they bring along."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, cast

import yaml
from pydantic import AfterValidator, Field, JsonValue, SecretStr

from palette_sim.common.injection import require_pattern
from palette_sim.common.settings import Settings
from palette_sim.edge.facts import Dns, Hardware, HostInfo, Nic, Ntp

SAMPLE_UID = "edge-bc4a38428b71300e371150263b651b8d"
"""Of the host that the documentation shows. Source: Palette docs, "Edge Management API"."""

ContentType = Literal["image", "artifact", "chart", "pack"]


class Mode(StrEnum):
    """Whether a host is connected to Palette. Source: Edge Management OpenAPI, v1ConnectionMode."""

    AIRGAP = "airgap"
    CONNECTED = "connected"


class Generation(StrEnum):
    """Which of the API's documented shapes a host speaks."""

    OLD = "old"
    """That of the introduction: `PUT` and `PATCH /cluster`, no settings, a `registrationStatus`."""
    NEW = "new"
    """That of the specification."""


class Power(StrEnum):
    """How a host answers to a connection."""

    ON = "on"
    OFF = "off"  # refuses it
    SILENT = "silent"  # lets it wait for ever, as what is behind a dead line


class VariableSeed(Settings):
    """A variable of a profile. Source: Edge Management OpenAPI, v1Variable."""

    name: str
    display_name: str = ""
    description: str = ""
    format: str = "string"
    regex: Annotated[str, AfterValidator(require_pattern)] = ""
    default_value: str = ""
    required: bool = False
    is_sensitive: bool = False
    hidden: bool = False
    immutable: bool = False
    options: list[str] = Field(default_factory=list)


class PackSeed(Settings):
    """A pack of a profile."""

    name: str
    version: str
    values: str = ""


class ProfileSeed(Settings):
    """A cluster profile inside an archive."""

    name: str
    uid: str
    version: str = "1.0.0"
    type: str = "cluster"
    description: str = ""
    packs: list[PackSeed] = Field(default_factory=list)
    variables: list[VariableSeed] = Field(default_factory=list)


class ArchiveSeed(Settings):
    """A cluster definition: the profiles of an archive."""

    profiles: list[ProfileSeed] = Field(min_length=1)


class ContentSeed(Settings):
    """Something in the host's registry. Source: Edge Management OpenAPI, v1HarborContentDetails."""

    type: ContentType = "image"
    name: str
    version: str = ""
    size: str = "120MB"


class BundleSeed(Settings):
    """What an uploaded content bundle holds: content, and maybe the definition of an update."""

    content: list[ContentSeed] = Field(default_factory=list)
    update: ArchiveSeed | None = None


class HostSeed(Settings):
    """One host. By default the documentation's, but for its uid."""

    uid: str = SAMPLE_UID
    name: str = Field(default="", description="The uid where it is empty.")
    username: str = "kairos"
    password: SecretStr = Field(default=SecretStr("kairos"))
    first_login: bool = False
    mode: Mode = Mode.AIRGAP
    generation: Generation = Generation.NEW
    palette_endpoint: str = Field(default="", description="Of a connected host.")
    agent_version: str = "4.3.0-rc4"
    registration_status: str = Field(default="not applicable", description="Told by the old generation.")
    feature_flags: dict[str, bool] = Field(default_factory=dict)

    hardware: Hardware = Field(default_factory=Hardware)
    nics: list[Nic] = Field(default_factory=lambda: [Nic()])
    dns: Dns = Field(default_factory=Dns)
    ntp: Ntp = Field(default_factory=Ntp)
    host_info: HostInfo = Field(default_factory=HostInfo)

    embedded: ArchiveSeed | None = None
    content: list[ContentSeed] = Field(default_factory=list)
    tags: dict[str, JsonValue] = Field(default_factory=dict)

    registry: Literal["Healthy", "Unhealthy", "NotInstalled"] = "Healthy"
    signing_key: str = Field(default="", description="Uploads must be signed where there is one.")
    unreachable: list[str] = Field(default_factory=list, description="Endpoints that its ping does not reach.")

    power: Power = Power.ON
    port: int = Field(default=0, ge=0, le=65535, description="0: any free port.")
    archive_read_s: float = Field(default=0, ge=0, description="Reading an archive takes so long; simulated seconds.")


class SiteSeed(Settings):
    """All hosts of a site; those of one list of `links` are linked from the start, the first one leads."""

    hosts: list[HostSeed] = Field(default_factory=list)
    links: list[list[str]] = Field(default_factory=list)


def load_site(path: Path) -> SiteSeed:
    """Read a site from YAML or JSON; raises ValueError for what is none."""
    return SiteSeed.model_validate(cast("object", yaml.safe_load(path.read_text(encoding="utf-8"))))


def sample_definition() -> ArchiveSeed:
    """Return the definition of a small K3s cluster with one required and one checked variable."""
    infra = ProfileSeed(
        name="edge-infra",
        uid="66a1f0d2c7e3b4a59c81d001",
        version="1.0.0",
        type="infra",
        packs=[
            PackSeed(name="edge-native-byoi", version="2.1.0"),
            PackSeed(name="edge-k3s", version="1.30.4"),
            PackSeed(name="cni-calico", version="3.28.0"),
        ],
        variables=[
            VariableSeed(name="storeNumber", display_name="Store number", regex="^[0-9]{4}$", required=True),
            VariableSeed(name="logLevel", default_value="info", options=["debug", "info", "warn"]),
        ],
    )
    addon = ProfileSeed(
        name="point-of-sale",
        uid="66a1f0d2c7e3b4a59c81d002",
        version="2.0.0",
        type="add-on",
        packs=[PackSeed(name="pos", version="2.0.0")],
        variables=[VariableSeed(name="licenseKey", is_sensitive=True)],
    )
    return ArchiveSeed(profiles=[infra, addon])
