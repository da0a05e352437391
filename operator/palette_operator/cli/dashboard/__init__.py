"""The Grafana dashboard: what a platform team sees of the operator on one screen, and why each panel is there.

Rows and panels are tables of words and PromQL; `grafana` alone knows how Grafana writes them down. Made by
`make generate`: nothing here is read when the operator runs.
"""

from palette_operator.cli.dashboard.files import dashboard_files

__all__ = ["dashboard_files"]
