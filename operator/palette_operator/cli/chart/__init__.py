"""What of the Helm chart `make generate` writes: from the models, and from what is kept elsewhere in deploy/.

No part of the operator: nothing here is read when it runs.
"""

from palette_operator.cli.chart.files import chart_files

__all__ = ["chart_files"]
