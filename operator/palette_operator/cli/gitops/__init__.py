"""Files for GitOps tools, made from one source: what Argo CD and Flux are to say of our resources."""

from __future__ import annotations

from pathlib import Path

from palette_operator.cli.gitops.argocd import argocd_files
from palette_operator.cli.gitops.flux import flux_files

__all__ = ["gitops_files"]


def gitops_files() -> dict[Path, str]:
    """Return the files below deploy/ by their path from the repository's root."""
    return argocd_files() | flux_files()
