"""The simulated Palette as a process: `python -m palette_sim.palette`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from pydantic import SecretStr

from palette_sim.common.lifeline import asked_to_stop
from palette_sim.palette.config import (
    ApiVersion,
    Bumps,
    DuplicateNames,
    ExistingHost,
    LimitReading,
    PaletteConfig,
    ThrottleBody,
)
from palette_sim.palette.seed import KeySeed, Seed, default_seed, load_seed
from palette_sim.palette.server import SimulatedPalette


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any free one.")] = 0,
    seed: Annotated[Path | None, typer.Option(help="Seed, YAML or JSON; the demo's by default.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as JSON; options given here come on top.")] = None,
    api_key_file: Annotated[
        Path | None, typer.Option(help="Accept the key in this file too, as a tenant admin's.")
    ] = None,
    version: Annotated[ApiVersion | None, typer.Option(help="Version of the API that is served.")] = None,
    speed: Annotated[float | None, typer.Option(help="Simulated seconds per real second.")] = None,
    limits: Annotated[LimitReading | None, typer.Option(help="How to read the documented limits.")] = None,
    throttle_body: Annotated[ThrottleBody | None, typer.Option(help="Body of a 429.")] = None,
    retry_after_s: Annotated[int | None, typer.Option(help="Send Retry-After with a 429.")] = None,
    trust_forwarded_for: Annotated[bool | None, typer.Option(help="Take X-Forwarded-For for the source.")] = None,
    search_lag_s: Annotated[float | None, typer.Option(help="Searches lag this long; simulated seconds.")] = None,
    bumps: Annotated[Bumps | None, typer.Option(help="Do heartbeats move lastModifiedTimestamp?")] = None,
    duplicate_names: Annotated[DuplicateNames | None, typer.Option(help="Two clusters of one name?")] = None,
    existing_host: Annotated[ExistingHost | None, typer.Option(help="Register a known host again?")] = None,
    random_seed: Annotated[int | None, typer.Option(help="Seed of uids, illness and delays.")] = None,
    access_log: Annotated[Path | None, typer.Option(help="Write the access log here too, as JSON lines.")] = None,
) -> None:
    """Serve a simulated Palette until SIGTERM or SIGINT, or until the parent process dies.

    Prints one JSON line with its endpoint once it listens.
    """
    given = {
        name: value
        for name, value in {
            "version": version,
            "speed": speed,
            "limits": limits,
            "throttle_body": throttle_body,
            "retry_after_s": retry_after_s,
            "trust_forwarded_for": trust_forwarded_for,
            "search_lag_s": search_lag_s,
            "bumps": bumps,
            "duplicate_names": duplicate_names,
            "existing_host": existing_host,
            "random_seed": random_seed,
            "access_log": access_log,
        }.items()
        if value is not None
    }
    base = json.loads(config.read_text(encoding="utf-8")) if config else {}
    settings = PaletteConfig.model_validate({**base, **given, "host": host, "port": port})
    planted = load_seed(seed) if seed else default_seed()
    uvloop.run(_serve(settings, _with_key(planted, api_key_file)))


async def _serve(settings: PaletteConfig, seed: Seed) -> None:
    stopped = asked_to_stop()
    async with SimulatedPalette(settings, seed) as palette:
        sys.stdout.write(json.dumps({"endpoint": palette.endpoint}) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def _with_key(seed: Seed, file: Path | None) -> Seed:
    if file is None:
        return seed
    key = KeySeed(name="api-key-file", key=SecretStr(file.read_text(encoding="utf-8").strip()), tenant_admin=True)
    return seed.model_copy(update={"keys": [*seed.keys, key]})


def main() -> None:
    """Run the command line."""
    typer.run(serve)
