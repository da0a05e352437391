"""Simulated edge hosts as a process: `python -m palette_sim.edge`."""

import json
import resource
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from pydantic import SecretStr

from palette_sim.common.jsonvalue import JsonObject
from palette_sim.common.lifeline import asked_to_stop
from palette_sim.edge.config import SiteConfig
from palette_sim.edge.seed import (
    Generation,
    HostSeed,
    Mode,
    Power,
    SiteSeed,
    load_site,
    sample_definition,
)
from palette_sim.edge.site import SimulatedSite


def serve(
    *,
    seed: Annotated[Path | None, typer.Option(help="Hosts and their links, YAML or JSON.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as JSON; options given here come on top.")] = None,
    hosts: Annotated[int, typer.Option(min=0, help="So many more hosts, edge-0001 and on.")] = 0,
    dead: Annotated[int, typer.Option(min=0, help="Every so many of these never answers; 0: none.")] = 0,
    mode: Annotated[Mode, typer.Option(help="Of these hosts.")] = Mode.AIRGAP,
    generation: Annotated[Generation, typer.Option(help="Of these hosts.")] = Generation.NEW,
    username: Annotated[str, typer.Option(help="OS user of these hosts.")] = "kairos",
    password_file: Annotated[Path | None, typer.Option(help="Its password; `kairos` by default.")] = None,
    address: Annotated[str | None, typer.Option(help="Where all hosts listen, each on a port of its own.")] = None,
    speed: Annotated[float | None, typer.Option(help="Simulated seconds per real second.")] = None,
    shared_certificate: Annotated[bool | None, typer.Option(help="One certificate for all hosts.")] = None,
    access_log: Annotated[Path | None, typer.Option(help="Write all requests here, as JSON lines.")] = None,
    endpoints: Annotated[Path | None, typer.Option(help="Write endpoints and certificates here instead.")] = None,
) -> None:
    """Serve simulated edge hosts until SIGTERM or SIGINT, or until the parent process dies.

    Prints one JSON line with their endpoints and certificates once all listen; with `--endpoints`, with the path of
    the file that tells them. Without a seed and a number of hosts, it serves the one that the documentation shows.
    """
    chosen = {
        "address": address,
        "speed": speed,
        "shared_certificate": shared_certificate,
        "access_log": access_log,
    }
    base = json.loads(config.read_text(encoding="utf-8")) if config else {}
    settings = SiteConfig.model_validate({**base, **{name: each for name, each in chosen.items() if each is not None}})
    planted = load_site(seed) if seed else SiteSeed()
    pattern = HostSeed(
        username=username,
        password=SecretStr(password_file.read_text(encoding="utf-8").strip() if password_file else "kairos"),
        mode=mode,
        generation=generation,
        embedded=sample_definition(),
    )
    everything = [*planted.hosts, *_copies(pattern, hosts, dead)] or [pattern]
    _allow_many_ports()
    uvloop.run(_serve(settings, planted.model_copy(update={"hosts": everything}), endpoints))


def _copies(pattern: HostSeed, count: int, dead: int) -> list[HostSeed]:
    """Return hosts like `pattern`, of which every `dead`-th is silent."""

    def power(number: int) -> Power:
        return Power.SILENT if dead and number % dead == 0 else Power.ON

    numbers = range(1, count + 1)
    return [pattern.model_copy(update={"uid": f"edge-{each:04}", "power": power(each)}) for each in numbers]


async def _serve(settings: SiteConfig, seed: SiteSeed, endpoints: Path | None) -> None:
    stopped = asked_to_stop()
    async with SimulatedSite(seed, settings) as site:
        _tell(_announcement(site), endpoints)
        await stopped.wait()


def _tell(announcement: JsonObject, file: Path | None) -> None:
    told = announcement
    if file is not None:
        file.write_text(json.dumps(announcement), encoding="utf-8")
        told = {"endpoints": str(file)}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _announcement(site: SimulatedSite) -> JsonObject:
    return {
        "hosts": {
            uid: {"endpoint": host.url, "fingerprintSHA256": host.fingerprint, "ca": host.ca_pem}
            for uid, host in site.hosts.items()
        }
    }


def _allow_many_ports() -> None:
    """Let this process hold as many sockets open as the system allows it to."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main() -> None:
    """Run the command line."""
    typer.run(serve)
