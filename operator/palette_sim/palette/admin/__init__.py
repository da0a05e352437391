"""The admin API under `/_sim/`: everything that a test or a demo does to the simulated Palette from another process.

It passes neither limits nor the access log. Bodies are JSON with the names of the settings; unknown fields are refused.
"""

from palette_sim.palette.admin import access, control, people
from palette_sim.palette.admin.call import AdminEndpoint

ENDPOINTS: dict[tuple[str, str], AdminEndpoint] = control.ENDPOINTS | access.ENDPOINTS | people.ENDPOINTS

__all__ = ["ENDPOINTS"]
