"""What can be chosen about a site of simulated edge hosts: pace, leniency and delays."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field

from palette_sim.common.settings import Settings


class KubeconfigForm(StrEnum):
    """How `cluster/details` carries the kubeconfig, which the specification leaves open."""

    PLAIN = "plain"
    BASE64 = "base64"


class Durations(Settings):
    """How long things take, in simulated seconds."""

    reboot_begins_s: float = Field(default=1, ge=0, description="From a request to reboot until the host goes down.")
    reboot_s: float = Field(default=45, ge=0, description="A host that reboots is unreachable for this long.")
    installing_s: float = Field(default=40, ge=0, description="From a create until the cluster's hosts reboot.")
    provisioning_s: float = Field(default=180, ge=0, description="In state Provisioning.")
    becoming_healthy_s: float = Field(default=30, ge=0, description="From Running to Healthy.")
    applying_s: float = Field(default=60, ge=0, description="From a changed profile or setting until it is applied.")
    joining_s: float = Field(default=90, ge=0, description="From a host's joining a pool until its node is Running.")
    leaving_s: float = Field(default=30, ge=0, description="From a host's leaving a pool until it is free.")
    deleting_s: float = Field(default=60, ge=0, description="A cluster is Deleting for this long.")
    configuring_s: float = Field(default=20, ge=0, description="Proxy and certificates are In Progress for this long.")
    syncing_s: float = Field(default=30, ge=0, description="From an upload until its content is in the registry.")
    linking_s: float = Field(default=10, ge=0, description="A link is InProgress for this long.")
    link_token_s: float = Field(default=300, gt=0, description="A link token counts for this long.")
    token_s: float = Field(default=7_200, gt=0, description="A login's token counts for 2 hours,")
    extended_token_s: float = Field(default=86_400, gt=0, description="or for 24 with `extendedSession`.")
    certificate_life_s: float = Field(default=31_536_000, gt=0, description="Of a cluster's certificates: a year.")


class SiteConfig(Settings):
    """Everything that can be chosen about one site."""

    address: str = Field(default="127.0.0.1", description="Where every host listens, on a port of its own.")
    speed: float = Field(default=1.0, gt=0, description="Simulated seconds per real second.")
    shared_certificate: bool = Field(default=False, description="One certificate for all: cheaper by the thousand.")
    wrong_password_status: int = Field(
        default=400, ge=400, le=599, description="The specification declares 400 and no 401 for a login."
    )
    unavailable_status: int = Field(
        default=403, ge=400, le=599, description="Of what a connected host does not offer; only prose tells of it."
    )
    kubeconfig: KubeconfigForm = KubeconfigForm.PLAIN
    kept_requests: int = Field(default=1_000, ge=0, description="Entries that the request log of each host keeps.")
    access_log: Path | None = Field(default=None, description="Also write all requests here, as JSON lines.")
    durations: Durations = Field(default_factory=Durations)
