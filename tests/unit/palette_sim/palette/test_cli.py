"""The simulated Palette as a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

SERVE = [sys.executable, "-m", "palette_sim.palette"]
SOURCE_ROOT = str(Path(__file__).parents[4] / "operator")
ENVIRONMENT = {**os.environ, "PYTHONPATH": SOURCE_ROOT}


@contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start it; yields the process and its endpoint."""
    with subprocess.Popen([*SERVE, *options], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["endpoint"]
        finally:
            process.kill()


def ask(endpoint: str, path: str, key: str = "demo-admin-key") -> httpx.Response:
    return httpx.get(endpoint + path, headers={"ApiKey": key}, verify=False, timeout=20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_where_it_listens_and_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    with served("--port", "0") as (process, endpoint):
        pong = ask(endpoint, "/v1/health/ping")
        process.send_signal(number)
        code = process.wait(timeout=10)

    assert (pong.json(), code) == ({"msg": "pong"}, 0)


def test_options_seed_settings_key_file_and_access_log_are_heeded(tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text("projects: [{name: only}]")
    (tmp_path / "config.json").write_text('{"durations": {"pending_s": 5}}')
    (tmp_path / "key").write_text("my-own-key\n")
    options = ("--seed", "seed.yaml", "--config", "config.json", "--api-key-file", "key", "--access-log", "log.jsonl")
    paths = [str(tmp_path / option) if "." in option or option == "key" else option for option in options]

    with served(*paths, "--limits", "window", "--speed", "60") as (_, endpoint):
        projects = ask(endpoint, "/v1/dashboard/projects/metadata", key="my-own-key").json()["items"]
        statuses = {ask(endpoint, "/v1/users/info", key="my-own-key").status_code for _ in range(12)}

    logged = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [project["metadata"]["name"] for project in projects] == ["only"]
    assert statuses == {200}  # a burst of 5 would have been over
    assert len(logged) == 13
    assert "my-own-key" not in (tmp_path / "log.jsonl").read_text()


def test_a_seed_with_a_typo_is_refused(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text("projetcs: []")

    done = subprocess.run([*SERVE, "--seed", str(seed)], capture_output=True, text=True, env=ENVIRONMENT, check=False)

    assert done.returncode != 0
    assert "projetcs" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_it_ends_when_its_parent_dies() -> None:
    parent = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({SERVE!r}, stdout=subprocess.PIPE, text=True)\n"
        "print(child.stdout.readline().strip(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        endpoint = json.loads(process.stdout.readline())["endpoint"]
        # A request that is stopped keeps its connection until the server ends, so that there is nothing to poll for.
        httpx.post(f"{endpoint}/_sim/pauses", json={}, verify=False).raise_for_status()
        with ThreadPoolExecutor(max_workers=1) as pool:
            stopped = pool.submit(ask, endpoint, "/v1/health/ping")
            while not httpx.get(f"{endpoint}/_sim/pauses", verify=False).json()[0]["waiting"]:
                pass
            process.kill()
            error = stopped.exception(timeout=20)

    assert isinstance(error, httpx.RemoteProtocolError | httpx.ReadError)
