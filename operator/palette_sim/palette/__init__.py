"""A stateful simulated Palette over real HTTP.

Written from what Palette documents of its API and from the OpenAPI specification 4.9, never from the operator's client,
so that the two are independent witnesses. It must not import the operator, keep secrets in its log, or need a timer:
what happens in time is computed when somebody looks.
"""

from palette_sim.common.injection import FaultBody, FaultSpec, OutageMode, PauseSpec
from palette_sim.palette.config import Durations, LimitReading, PaletteConfig
from palette_sim.palette.people import ClusterOrder, HostOrder
from palette_sim.palette.seed import Seed, default_seed, load_seed
from palette_sim.palette.server import SimulatedPalette

__all__ = [
    "ClusterOrder",
    "Durations",
    "FaultBody",
    "FaultSpec",
    "HostOrder",
    "LimitReading",
    "OutageMode",
    "PaletteConfig",
    "PauseSpec",
    "Seed",
    "SimulatedPalette",
    "default_seed",
    "load_seed",
]
