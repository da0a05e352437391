"""How far a demo is, and what is shown of it."""

from __future__ import annotations

import io
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from palette_operator.cli.demo.manifests import Manifests, load
from palette_operator.cli.demo.progress import Progress, explain, progress
from palette_operator.cli.demo.screen import Screen, table, try_next

Body = dict[str, Any]
OURS = [body for body in load().objects if body["kind"] in {"PaletteConnection", "EdgeHost", "PaletteCluster"}]


def after(bodies: list[Body]) -> Progress:
    return progress(bodies, requests=40, throttled=0, elapsed_s=12.34)


def reported(*, except_for: str = "") -> list[Body]:
    """Return the demo's objects, all Ready but one."""
    return [body | {"status": _status(ready=body["metadata"]["name"] != except_for)} for body in OURS]


def _status(*, ready: bool) -> Body:
    condition = (
        {"status": "True", "reason": "Ready", "message": "all is well"}
        if ready
        else {"status": "False", "reason": "HostNotReady", "message": "edge host warehouse-1 is unpaired"}
    )
    return {
        "remoteState": "Provisioning",
        "health": "UnHealthy",
        "kubernetesVersion": "1.32.4",
        "profileSummary": "1.4.0->1.5.0",
        "nodesSummary": "3/3",
        "conditions": [{"type": "Ready", "observedGeneration": 1} | condition],
    }


def drawn(seen: Progress, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    with console.capture() as capture:
        console.print(table(seen))
    return capture.get()


def test_all_ready_is_complete_and_its_verdict_counts() -> None:
    seen = after(reported())

    assert seen.is_complete(load())
    assert seen.verdict == "READY palettecluster=5 edgehost=13 requests=40 throttled=0 seconds=12.3"


INCOMPLETE = {
    "nothing there": [],
    "one not ready": reported(except_for="warehouse"),
    "one not there": reported()[:-1],
    "no status yet": OURS,
}


@pytest.mark.parametrize("bodies", INCOMPLETE.values(), ids=INCOMPLETE)
def test_what_is_missing_or_unready_is_waited_for(bodies: list[Body]) -> None:
    assert not after(bodies).is_complete(load())


def test_a_demo_of_nothing_is_complete() -> None:
    assert after([]).is_complete(Manifests([], [], []))


def test_what_is_not_ready_is_named_with_its_reason() -> None:
    seen = after(reported(except_for="warehouse"))

    assert explain(seen.unready) == (
        "  PaletteCluster retail/warehouse: HostNotReady: edge host warehouse-1 is unpaired"
    )


def test_the_summary_counts_those_that_are_ready() -> None:
    assert after(reported(except_for="warehouse")).summary == "EdgeHosts ready 13/13, PaletteClusters ready 4/5"


@pytest.mark.parametrize("width", [80, 100])
def test_the_table_fits_the_terminal_whole(width: int) -> None:
    lines = drawn(after(reported(except_for="petrol-station")), width).splitlines()

    assert max(map(len, lines)) <= width
    row = next(line for line in lines if "petrol-station " in line)
    assert row.split() == ["●", "petrol-station", "Provisioning", "1.32.4", "1.4.0->1.5.0", "3/3", "HostNotReady"]


def test_a_running_cluster_shows_its_health_in_place_of_its_state() -> None:
    bodies = [body | {"status": body["status"] | {"remoteState": "Running"}} for body in reported()]

    row = next(line for line in drawn(after(bodies), 100).splitlines() if "supermarket " in line)
    assert row.split()[2] == "UnHealthy"


def test_every_host_is_in_the_table() -> None:
    shown = drawn(after(reported()), 80)

    assert all(body["metadata"]["name"] in shown for body in OURS if body["kind"] == "EdgeHost")


def test_a_connection_that_is_not_ready_is_explained_above_the_table() -> None:
    shown = drawn(after(reported(except_for="default")), 100)

    assert "PaletteConnection default: HostNotReady: edge host warehouse-1 is unpaired" in shown


def test_without_a_terminal_a_line_is_printed_for_each_change_only() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    screen = Screen(console)

    with screen.table():
        for bodies in (reported(except_for="warehouse"), reported(except_for="warehouse"), reported()):
            screen.show(after(bodies))

    assert isinstance(console.file, io.StringIO)
    assert [line.split()[-1] for line in console.file.getvalue().splitlines()] == ["4/5", "5/5"]


def test_every_patch_that_is_suggested_fits_the_clusters() -> None:
    words = [line for line in try_next(Path("/x/kubeconfig")).split("\n\n") if " patch " in line]
    by_name = {body["metadata"]["name"]: body for body in OURS}
    patches = [shlex.split(command) for block in words for command in block.split("kubectl -n ")[1:]]

    assert len(patches) == 3
    for patch in patches:
        (step,) = json.loads(patch[-1])
        at: Any = by_name[patch[3]]
        for key in step["path"].strip("/").split("/")[:-1]:
            at = at[int(key) if key.isdigit() else key]
        assert at


def test_nothing_that_is_suggested_is_wider_than_a_terminal() -> None:
    assert max(map(len, try_next(Path.cwd() / ".demo" / "kubeconfig").splitlines())) <= 80
