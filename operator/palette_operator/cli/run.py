"""`palette-operator run`: the operator itself."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from palette_operator import app
from palette_operator.domain.errors import ReconcileError
from palette_operator.kube.election import LeaseLost
from palette_operator.logs import configure_logging
from palette_operator.settings import Settings

_NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_DEFAULTS = Settings(operator_id="")

logger = logging.getLogger(__name__)


def _env(name: str) -> str:
    return f"PALETTE_OPERATOR_{name}"


def run(
    operator_id: Annotated[
        str,
        typer.Option(
            envvar=_env("ID"),
            help="Chosen once and kept: marks what is ours in Palette, so that a rebuilt management cluster finds it.",
        ),
    ],
    namespace: Annotated[
        str,
        typer.Option(
            envvar=_env("NAMESPACE"),
            help="Where the Secrets of connections are. Default: the pod's own, else palette-system.",
        ),
    ] = "",
    watch_namespace: Annotated[
        list[str] | None, typer.Option(envvar=_env("WATCH_NAMESPACES"), help="Watch only these; repeat. Default: all.")
    ] = None,
    lease_duration_seconds: Annotated[
        int,
        typer.Option(
            envvar=_env("LEASE_DURATION_SECONDS"),
            min=3,
            help="Another replica takes over after the leader has been silent for so long; it stops itself before.",
        ),
    ] = _DEFAULTS.lease_duration_s,
    takeover: Annotated[
        bool,
        typer.Option(envvar=_env("TAKEOVER"), help="Accept objects that this operator id marked from a lost cluster."),
    ] = False,
    search_lag_seconds: Annotated[
        float,
        typer.Option(
            envvar=_env("SEARCH_LAG_SECONDS"), min=0, help="How far Palette's search may lag behind writes, at worst."
        ),
    ] = _DEFAULTS.search_lag_s,
    unreachable_after_seconds: Annotated[
        float,
        typer.Option(
            envvar=_env("UNREACHABLE_AFTER_SECONDS"), min=0, help="Outage after which conditions become Unknown."
        ),
    ] = _DEFAULTS.unreachable_after_s,
    resync_seconds: Annotated[
        float, typer.Option(envvar=_env("RESYNC_SECONDS"), min=1, help="Each object is looked at again after this.")
    ] = _DEFAULTS.resync_s,
    local_endpoint_cidr: Annotated[
        list[str] | None,
        typer.Option(
            envvar=_env("LOCAL_ENDPOINT_CIDRS"),
            help="A network in which spec.local of EdgeHosts may reach hosts; repeat. Default: none.",
        ),
    ] = None,
    service_cidr: Annotated[
        list[str] | None,
        typer.Option(
            envvar=_env("SERVICE_CIDRS"),
            help="A network of this cluster's Services, where spec.local may reach nothing; repeat. "
            "Default: as the API server says, from 1.33 on.",
        ),
    ] = None,
    local_loopback: Annotated[
        bool,
        typer.Option(envvar=_env("LOCAL_LOOPBACK"), help="spec.local may reach hosts simulated on this machine, too."),
    ] = False,
    local_poll_seconds: Annotated[
        float,
        typer.Option(envvar=_env("LOCAL_POLL_SECONDS"), min=1, help="Each host of spec.local is looked at this often."),
    ] = _DEFAULTS.local_poll_s,
    metrics_port: Annotated[
        int, typer.Option(envvar=_env("METRICS_PORT"), min=0, help="Port of /metrics; 0 for none.")
    ] = _DEFAULTS.metrics_port,
    probe_port: Annotated[
        int, typer.Option(envvar=_env("PROBE_PORT"), min=0, help="Port of /healthz and /readyz; 0 for none.")
    ] = _DEFAULTS.probe_port,
    log_format: Annotated[str, typer.Option(envvar=_env("LOG_FORMAT"), help="json or text.")] = _DEFAULTS.log_format,
    log_level: Annotated[
        str, typer.Option(envvar=_env("LOG_LEVEL"), help="debug, info, warning or error.")
    ] = _DEFAULTS.log_level,
) -> None:
    """Run the operator in the cluster that KUBECONFIG, or the pod's ServiceAccount, names."""
    configure_logging(log_level, log_format)
    check_networks("--local-endpoint-cidr", local_endpoint_cidr or ())
    check_networks("--service-cidr", service_cidr or ())
    settings = Settings(
        operator_id=operator_id,
        namespace=namespace or own_namespace(),
        watch_namespaces=tuple(watch_namespace or ()),
        replica=own_name(),
        lease_duration_s=lease_duration_seconds,
        takeover=takeover,
        search_lag_s=search_lag_seconds,
        unreachable_after_s=unreachable_after_seconds,
        resync_s=resync_seconds,
        local_endpoint_cidrs=tuple(local_endpoint_cidr or ()),
        service_cidrs=tuple(service_cidr or ()),
        local_loopback=local_loopback,
        local_poll_s=local_poll_seconds,
        metrics_port=metrics_port,
        probe_port=probe_port,
        log_format=log_format,
        log_level=log_level,
    )
    try:
        uvloop.run(app.run(settings))
    except ReconcileError as error:
        logger.error("cannot start: %s", error.message)  # noqa: TRY400 - the message says it; a trace would not
        raise typer.Exit(1) from None
    except LeaseLost as lost:
        logger.error("%s; this process ends, to begin anew", lost)  # noqa: TRY400 - as above
        raise typer.Exit(1) from None


def check_networks(option: str, cidrs: Sequence[str]) -> None:
    """Raise BadParameter for what is no network, before anything is started."""
    for cidr in cidrs:
        try:
            ip_network(cidr)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=option) from None


def own_namespace() -> str:
    """Return the namespace that the operator takes for its own when it is told none."""
    if _NAMESPACE_FILE.is_file():
        return _NAMESPACE_FILE.read_text().strip()
    return os.environ.get("POD_NAMESPACE", _DEFAULTS.namespace)


def own_name() -> str:
    """Return what this process is called among the replicas.

    That is the pod's name, which no other pod has: a container that is started anew goes on as the one before, which
    has ended. Outside of a pod it is a name that no process has had.
    """
    return os.environ.get("POD_NAME") or f"{socket.gethostname()}-{secrets.token_hex(4)}"
