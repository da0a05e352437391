"""Simulated edge hosts with the Edge Management API over HTTPS.

Written from what Palette documents of that API and from its OpenAPI specification, never from the operator's client, so
that the two are independent witnesses. It must not import the operator, or keep secrets in its request logs.
"""

from palette_sim.common.injection import FaultBody, LatencySpec, OutageMode, PauseSpec
from palette_sim.edge.config import Durations, KubeconfigForm, SiteConfig
from palette_sim.edge.facts import Disk, Gpu, Hardware, Nic, OperatingSystem, Partition
from palette_sim.edge.host import SimulatedHost
from palette_sim.edge.seed import (
    ArchiveSeed,
    BundleSeed,
    ContentSeed,
    Generation,
    HostSeed,
    Mode,
    PackSeed,
    Power,
    ProfileSeed,
    SiteSeed,
    VariableSeed,
    load_site,
    sample_definition,
)
from palette_sim.edge.site import SimulatedSite

__all__ = [
    "ArchiveSeed",
    "BundleSeed",
    "ContentSeed",
    "Disk",
    "Durations",
    "FaultBody",
    "Generation",
    "Gpu",
    "Hardware",
    "HostSeed",
    "KubeconfigForm",
    "LatencySpec",
    "Mode",
    "Nic",
    "OperatingSystem",
    "OutageMode",
    "PackSeed",
    "Partition",
    "PauseSpec",
    "Power",
    "ProfileSeed",
    "SimulatedHost",
    "SimulatedSite",
    "SiteConfig",
    "SiteSeed",
    "VariableSeed",
    "load_site",
    "sample_definition",
]
