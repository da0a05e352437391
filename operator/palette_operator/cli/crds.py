"""`palette-operator crds`: the definitions of the operator's kinds, printed or brought to an API server.

Helm never changes what came from a chart's crds/ in an upgrade, nor does Helm 3 in an install: both need this.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import typer
import yaml
from kubernetes.aio import client

from palette_operator.cli.crd import custom_resource_definition
from palette_operator.cli.kubeconfig import CannotRead, use_kubeconfig
from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.resources import KINDS
from palette_operator.kube.definitions import Applied, Definitions
from palette_operator.kube.objects import FIELD_MANAGER, Body

_CANNOT_APPLY = 1

crds = typer.Typer(
    no_args_is_help=True,
    help="Print or apply the CustomResourceDefinitions of this version, without which the operator cannot run.",
)


@crds.command(name="print")
def print_definitions() -> None:
    """Print the definitions as YAML, for kubectl or a repository."""
    typer.echo(yaml.safe_dump_all(definitions(), sort_keys=False, width=120, allow_unicode=True), nl=False)


@crds.command(name="apply")
def apply_definitions(
    field_manager: Annotated[
        str, typer.Option(help="Whose the fields are from then on. Name a tool that applies them, too, such as helm.")
    ] = FIELD_MANAGER,
) -> None:
    """Apply the definitions to the cluster that KUBECONFIG, or the pod's ServiceAccount, names.

    Server-side; safe to repeat. Nothing is ever deleted.

    Exits with 1 when a definition cannot be applied; those named before it are.
    """
    try:
        asyncio.run(_apply(field_manager))
    except (CannotRead, ReconcileError) as error:
        typer.echo(f"crds: {error}", err=True)
        raise typer.Exit(_CANNOT_APPLY) from None


def definitions() -> list[Body]:
    """Return the definition of each kind."""
    return [custom_resource_definition(kind) for kind in KINDS]


async def _apply(field_manager: str) -> None:
    async for name, outcome in _applied(field_manager):
        typer.echo(f"customresourcedefinition.apiextensions.k8s.io/{name} {outcome.value}")


async def _applied(field_manager: str) -> AsyncIterator[tuple[str, Applied]]:
    await use_kubeconfig()
    async with client.ApiClient() as api:
        for definition in definitions():
            yield definition["metadata"]["name"], await Definitions(api, field_manager).apply(definition)
