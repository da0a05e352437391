"""The kubeconfig that commands for people read with: as kubectl would, and plain words when it does not serve."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import yaml
from kubernetes.aio import config
from kubernetes.aio.config.config_exception import ConfigException

_TOKEN_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_DEFAULT = Path("~/.kube/config")


class CannotRead(Exception):
    """The management cluster cannot be read; the message says what to do."""


async def use_kubeconfig() -> None:
    """Choose the API server of KUBECONFIG, the default kubeconfig or the pod; raises CannotRead when none serves."""
    try:
        with warnings.catch_warnings(action="ignore"):  # it warns before it tries a pod's ServiceAccount
            if named := os.environ.get("KUBECONFIG"):
                # Only this one understands a KUBECONFIG of several files.
                await config.load_kube_config(named)  # type: ignore[no-untyped-call]  # the library leaves it untyped
            else:
                await config.load_config()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    except (ConfigException, OSError, yaml.YAMLError) as error:
        where = os.environ.get("KUBECONFIG")
        problem = f"KUBECONFIG={where} does not serve" if where else "no kubeconfig; set KUBECONFIG"
        raise CannotRead(f"{problem}: {error}") from error


def is_service_account() -> bool:
    """Whether `use_kubeconfig` would choose the ServiceAccount of the pod that this runs in."""
    return not os.environ.get("KUBECONFIG") and not _DEFAULT.expanduser().exists() and _TOKEN_FILE.exists()
