"""The `palette-operator` command: run, status, doctor, demo, and the generators for maintainers.

Parses arguments and prints; decides nothing that a library caller would miss.
"""

from palette_operator.cli.main import main

__all__ = ["main"]
