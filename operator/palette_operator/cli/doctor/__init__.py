"""`palette-operator doctor`: why a connection does not work, or what will go wrong before it does.

Looks at the management cluster and, through each PaletteConnection, at Palette. Looks gather observations, checks turn
them into findings; nothing is ever written, neither to Kubernetes nor to Palette, and no finding may hold a secret.
"""

from palette_operator.cli.doctor.command import doctor

__all__ = ["doctor"]
