"""`python -m palette_sim.palette`: see `cli`."""

from palette_sim.palette.cli import main

main()
