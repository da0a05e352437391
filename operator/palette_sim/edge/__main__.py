"""`python -m palette_sim.edge`."""

from palette_sim.edge.cli import main

main()
