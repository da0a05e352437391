"""Makes the package `benchmarks` importable: it lies beside the source root, not in it."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))
