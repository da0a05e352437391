"""`palette-operator status`: the fleet as a tree of connections, clusters, pools and hosts.

Reads the management cluster only; never calls Palette and never writes.
"""

from palette_operator.cli.status.command import status

__all__ = ["status"]
