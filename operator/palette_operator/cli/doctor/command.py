"""The `doctor` command: options, output and exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from palette_operator.cli.doctor.deployments import WATCH_NAMESPACES
from palette_operator.cli.doctor.examination import examine_endpoint, examine_management, way_of
from palette_operator.cli.doctor.findings import Report, Verdict
from palette_operator.cli.doctor.looks.management import ManagementCluster
from palette_operator.cli.doctor.progress import progress
from palette_operator.cli.doctor.text import show
from palette_operator.cli.kubeconfig import CannotRead
from palette_operator.cli.run import own_namespace
from palette_operator.domain.resources import TENANT_SCOPE, ConnectionSpec, InvalidSpec, parse_connection
from palette_operator.palette.credentials import ApiKey

_FAILED = 1
_CANNOT_LOOK = 2
_DEFAULT_SHARE = 0.1


def doctor(
    connection: Annotated[str, typer.Argument(help="Only this PaletteConnection. Default: all.")] = "",
    namespace: Annotated[
        str,
        typer.Option(
            "--namespace",
            "-n",
            envvar="PALETTE_OPERATOR_NAMESPACE",
            help="Where the operator runs and the Secrets of connections are. Default: as for `run`.",
        ),
    ] = "",
    watch_namespace: Annotated[
        list[str] | None,
        typer.Option(
            envvar=WATCH_NAMESPACES.variable,
            help="What the operator watches, as for `run`; repeat. Default: as its Deployment says, else all.",
        ),
    ] = None,
    impersonate: Annotated[
        str,
        typer.Option(
            "--as",
            help="Ask what this user may do, such as system:serviceaccount:palette-system:palette-operator.",
        ),
    ] = "",
    endpoint: Annotated[
        str, typer.Option(help="Look at this Palette alone, without Kubernetes; needs --api-key-file.")
    ] = "",
    api_key_file: Annotated[Path | None, typer.Option(help="File with the API key; - reads it from the input.")] = None,
    project: Annotated[str, typer.Option(help="With --endpoint: the project's name or uid.")] = "",
    ca_file: Annotated[Path | None, typer.Option(help="With --endpoint: PEM file of authorities to trust.")] = None,
    proxy: Annotated[str, typer.Option(help="With --endpoint: URL of an HTTP proxy.")] = "",
    share: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Part of Palette's rate limits to use; what an operator leaves.")
    ] = _DEFAULT_SHARE,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; docs/reference/doctor.md tells its shape.")
    ] = False,
) -> None:
    """Find out why a connection to Palette does not work, or what will go wrong.

    Reads the cluster that KUBECONFIG names and, through its PaletteConnections, Palette. Writes nothing to either.

    Exits with 0 when all is well (warnings included), 1 when something is not, 2 when nothing could be looked at.
    """
    try:
        if endpoint:
            found = asyncio.run(_at_endpoint(endpoint, api_key_file, project, ca_file, proxy, share))
        else:
            watched = _watched(watch_namespace)
            found = asyncio.run(_at_cluster(connection, namespace or own_namespace(), watched, impersonate, share))
    except CannotRead as error:
        typer.echo(f"doctor: {error}", err=True)
        raise typer.Exit(_CANNOT_LOOK) from None
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json", by_alias=True), indent=2))
    else:
        show(found)
    if found.verdict is Verdict.FAILURE:
        raise typer.Exit(_FAILED)


def _watched(given: list[str] | None) -> tuple[str, ...] | None:
    """Return the namespaces that are watched as far as we are told: a variable that is set and empty says all."""
    return tuple(given) if given else () if WATCH_NAMESPACES.variable in os.environ else None


async def _at_cluster(
    connection: str, namespace: str, watched: tuple[str, ...] | None, impersonate: str, share: float
) -> Report:
    async with progress() as say, ManagementCluster.connect(namespace, impersonate, watched) as cluster:
        return await examine_management(cluster, connection, share, say)


async def _at_endpoint(
    endpoint: str, api_key_file: Path | None, project: str, ca_file: Path | None, proxy: str, share: float
) -> Report:
    if api_key_file is None:
        raise CannotRead("--endpoint needs --api-key-file")
    spec = _spec(endpoint, project, proxy)
    way = way_of(spec, ApiKey(_read(api_key_file)), _read(ca_file) if ca_file else "", {})
    way = replace(way, projects=(project,) if project else ())
    async with progress() as say:
        return await examine_endpoint(way, spec, share, say)


def _spec(endpoint: str, project: str, proxy: str) -> ConnectionSpec:
    """Return the spec of a connection as the options describe it; raises CannotRead for what can be none."""
    spec = {
        "endpoint": endpoint,
        "project": project or TENANT_SCOPE,
        "allowedNamespaces": {"names": []},
        "auth": {"apiKeySecretRef": {"name": "none", "key": "none"}},
        "proxy": proxy,
    }
    try:
        return parse_connection({"metadata": {"name": "none"}, "spec": spec}).spec
    except InvalidSpec as invalid:
        raise CannotRead("; ".join(problem.replace("spec.", "--", 1) for problem in invalid.problems)) from None


def _read(file: Path) -> str:
    """Return a file's text, of the standard input for `-`; raises CannotRead."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRead(f"{file} cannot be read ({type(error).__name__})") from None
