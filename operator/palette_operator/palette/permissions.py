"""Which of Palette's permissions the operator's work needs, by kind. Plain data.

Which permission guards which call is not published; the names are. Source: Palette docs, "Permissions".
"""

from __future__ import annotations

from collections.abc import Mapping

NEEDED: Mapping[str, frozenset[str]] = {
    "EdgeHost": frozenset({"edgehost.create", "edgehost.get", "edgehost.list", "edgehost.update"}),
    "PaletteCluster": frozenset(
        {
            "cloudconfig.create",
            "cloudconfig.get",
            "cloudconfig.update",
            "cluster.create",
            "cluster.get",
            "cluster.list",
            "cluster.update",
            "clusterProfile.get",
            "clusterProfile.list",
            "machine.delete",
            "machine.get",
            "machine.list",
        }
    ),
}
NEEDED_TO_DELETE: Mapping[str, frozenset[str]] = {
    "EdgeHost": frozenset({"edgehost.delete"}),
    "PaletteCluster": frozenset({"cloudconfig.delete", "cluster.delete"}),
}
"""Besides, where a connection grants deletion."""
