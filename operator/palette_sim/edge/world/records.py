"""What is known of hosts, links, archives and clusters."""

from dataclasses import dataclass, field
from typing import Literal

from palette_sim.edge.bodies.clusters import ClusterConfig, MetaData, Pool
from palette_sim.edge.bodies.hosts import CloudInit, Configurations
from palette_sim.edge.seed import ArchiveSeed, BundleSeed, ContentSeed, HostSeed, Mode, Power, ProfileSeed

ClusterState = Literal["Provisioning", "Running", "Deleting", "Error"]
ConfigurationState = Literal["Not Configured", "In Progress", "Configured", "Failed"]
LinkState = Literal["Pending", "InProgress", "Completed", "Failed"]


@dataclass(frozen=True, slots=True)
class Archive:
    """The definition of a cluster on a host's disk."""

    path: str
    definition: ArchiveSeed

    @property
    def profiles(self) -> list[ProfileSeed]:
        """The profiles in it."""
        return self.definition.profiles


@dataclass(frozen=True, slots=True)
class Upload:
    """The last content bundle that was uploaded."""

    name: str
    sha256: str
    size: int
    at_s: float


@dataclass(slots=True)
class Node:
    """A host's part in a cluster."""

    pool: str
    joined_s: float
    state: ClusterState = "Provisioning"


@dataclass(slots=True)
class Cluster:
    """A local cluster; the hosts that it consists of share this record."""

    uid: str
    metadata: MetaData
    config: ClusterConfig
    pools: list[Pool]
    archive: Archive
    variables: dict[tuple[str, str], str] = field(repr=False)
    """By profile uid and name."""
    created_s: float
    modified_s: float
    certificates_s: float
    profiles_applied_s: float
    settings_applied_s: float
    nodes: dict[str, Node] = field(default_factory=dict)
    """By the uid of their host."""
    state: ClusterState = "Provisioning"
    state_reason: str = ""
    illness: str = "The cluster is being provisioned."
    """Why it is unhealthy; empty when it is healthy."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.metadata.name or ""

    def pool(self, name: str) -> Pool | None:
        """Find a pool."""
        return next((pool for pool in self.pools if pool.name == name), None)


@dataclass(slots=True)
class Link:
    """Hosts that are linked, by uid; the first one leads."""

    host_uids: list[str]
    state: LinkState = "Completed"


@dataclass(slots=True)
class Host:
    """One host."""

    seed: HostSeed
    password: str = field(repr=False)
    first_login: bool
    power: Power
    created_s: float
    modified_s: float
    ssh_keys: list[str] = field(default_factory=list)
    configuration: Configurations = field(default_factory=Configurations)
    configuration_state: ConfigurationState = "Not Configured"
    user_data: CloudInit = field(default_factory=CloudInit, repr=False)
    content: list[ContentSeed] = field(default_factory=list)
    pending_content: list[ContentSeed] = field(default_factory=list)
    """Uploaded, and not in the registry yet."""
    embedded: Archive | None = None
    overridden: Archive | None = None
    update: Archive | None = None
    upload: Upload | None = None
    link: Link | None = None
    cluster: Cluster | None = None
    reboot_pending: bool = False
    boots: int = 0

    @property
    def uid(self) -> str:
        """Its uid."""
        return self.seed.uid

    @property
    def name(self) -> str:
        """Its name."""
        return self.seed.name or self.seed.uid

    @property
    def address(self) -> str:
        """The address of its first interface."""
        return (self.seed.nics[0].ip or "") if self.seed.nics else ""

    @property
    def is_connected(self) -> bool:
        """Whether it is connected to Palette."""
        return self.seed.mode is Mode.CONNECTED

    def archive_at(self, path: str) -> Archive | None:
        """Find the archive at a path; the one that counts for a new cluster when no path is given."""
        found = [archive for archive in (self.overridden, self.embedded, self.update) if archive is not None]
        if not path:
            return next((archive for archive in found if archive is not self.update), None)
        return next((archive for archive in found if archive.path == path), None)


def fresh_host(seed: HostSeed, now_s: float) -> Host:
    """Return a host as it is when it is switched on for the first time."""
    return Host(
        seed=seed,
        password=seed.password.get_secret_value(),
        first_login=seed.first_login,
        power=seed.power,
        created_s=now_s,
        modified_s=now_s,
        content=list(seed.content),
        embedded=Archive(EMBEDDED_PATH, seed.embedded) if seed.embedded else None,
        user_data=CloudInit.model_validate({"tags": seed.tags or None}),
    )


ARCHIVES = "/opt/spectrocloud/cluster-config"
EMBEDDED_PATH = f"{ARCHIVES}/embedded"


def uploaded_path(sha256: str) -> str:
    """Tell where a host keeps an uploaded archive."""
    return f"{ARCHIVES}/{sha256[:16]}"


def unpacked(bundle: BundleSeed, sha256: str) -> Archive | None:
    """Return the update that a content bundle holds, if it holds one."""
    return Archive(uploaded_path(sha256), bundle.update) if bundle.update else None
