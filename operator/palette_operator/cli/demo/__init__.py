"""`palette-operator demo`: an API server, a simulated Palette and the operator, on this machine, until Ctrl-C.

Everything runs as processes of its own that talk HTTP on loopback, as it would elsewhere; the only part of this
package that knows the simulators. It must end what it started, on every way out, and nothing else.
"""

from palette_operator.cli.demo.command import demo

__all__ = ["demo"]
