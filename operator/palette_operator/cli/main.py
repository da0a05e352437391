"""The command line, put together from its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from palette_operator import __version__
from palette_operator.cli.crds import crds
from palette_operator.cli.demo import demo
from palette_operator.cli.doctor import doctor
from palette_operator.cli.generate import generate
from palette_operator.cli.run import run
from palette_operator.cli.status import status

app = typer.Typer(
    name="palette-operator",
    help="Keeps Spectro Cloud Palette as PaletteCluster and EdgeHost resources say.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Hold the options that come before a command."""


app.command()(run)
app.command()(demo)
app.command()(status)
app.command()(doctor)
app.add_typer(crds, name="crds")


@app.command(name="generate", hidden=True)
def _generate(
    root: Annotated[Path, typer.Option(help="The project's root folder.")] = Path(),
    check: Annotated[bool, typer.Option(help="Write nothing; fail when something would change.")] = False,
) -> None:
    """Regenerate the CRDs and the reference pages from the models."""
    changed = generate(root, check=check)
    for path in changed:
        typer.echo(f"{'differs' if check else 'wrote'}: {path}")
    if check and changed:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line."""
    app()
