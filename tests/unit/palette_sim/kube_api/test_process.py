from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

TIMEOUT_S = 20

# A parent that starts the server and dies at once, leaving it its stdout.
ORPHANING = """
import subprocess, sys
command = [sys.executable, "-m", "palette_sim.kube_api", "--kubeconfig", sys.argv[1]]
server = subprocess.Popen(command, stdout=subprocess.PIPE)
print(server.stdout.readline().decode(), server.pid, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_says_where_it_listens_and_ends_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    kubeconfig = tmp_path / "new" / "kubeconfig"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "palette_sim.kube_api",
        "--kubeconfig",
        str(kubeconfig),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(TIMEOUT_S):
        ready = json.loads(await process.stdout.readline())
        process.send_signal(number)
        _, said = await process.communicate()
    assert ready["kubeconfig"] == str(kubeconfig)
    assert ready["server"].startswith("https://127.0.0.1:")
    assert process.returncode == 0
    assert said.decode().count("\n") == 1
    assert "lacks CEL" in said.decode()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells of a parent's death")
async def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ORPHANING, str(tmp_path / "kubeconfig"), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(TIMEOUT_S):
        printed, _ = await parent.communicate()
        await end_of(int(printed.split()[-1]))


async def end_of(pid: int) -> None:
    """Wait until a process that is no child of ours has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(handle, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
