"""Simulated edge hosts as a process of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from palette_sim.edge.seed import SAMPLE_UID

SERVE = [sys.executable, "-m", "palette_sim.edge"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4] / "operator")}


@contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Start it; yields the process and its hosts."""
    with subprocess.Popen([*SERVE, *options], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["hosts"]
        finally:
            process.kill()


def log_in(endpoint: str, username: str = "kairos", password: str = "kairos") -> httpx.Response:
    body = {"username": username, "password": password}
    return httpx.post(f"{endpoint}/v1/users/default/login", json=body, verify=False, timeout=20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_where_the_sample_host_listens_and_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    with served() as (process, hosts):
        status = log_in(hosts[SAMPLE_UID]["endpoint"]).status_code
        process.send_signal(number)
        code = process.wait(timeout=10)

    assert (list(hosts), status, code) == ([SAMPLE_UID], 200, 0)


def test_seed_settings_and_options_are_heeded(tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text("hosts: [{uid: a, password: other}, {uid: b}]\nlinks: [[a, b]]")
    (tmp_path / "config.json").write_text('{"wrong_password_status": 401}')
    (tmp_path / "password").write_text("secret\n")
    files = ("--seed", "seed.yaml", "--config", "config.json", "--password-file", "password")
    paths = [str(tmp_path / each) if not each.startswith("--") else each for each in files]

    with served(*paths, "--hosts", "2", "--username", "admin", "--shared-certificate") as (_, hosts):
        statuses = {
            uid: log_in(hosts[uid]["endpoint"], *login).status_code
            for uid, login in {
                "a": ("kairos", "other"),
                "b": ("kairos", "other"),
                "edge-0001": ("admin", "secret"),
            }.items()
        }

    assert list(hosts) == ["a", "b", "edge-0001", "edge-0002"]
    assert statuses == {"a": 200, "b": 401, "edge-0001": 200}
    assert len({host["fingerprintSHA256"] for host in hosts.values()}) == 1


def test_endpoints_and_requests_are_written_to_files(tmp_path: Path) -> None:
    endpoints, log = tmp_path / "endpoints.json", tmp_path / "log.jsonl"
    command = [*SERVE, "--endpoints", str(endpoints), "--access-log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        log_in(json.loads(endpoints.read_text())["hosts"][SAMPLE_UID]["endpoint"], password="wrong")
        process.kill()

    logged = json.loads(log.read_text())
    assert told == {"endpoints": str(endpoints)}
    assert logged.pop("answered_s") > 0
    path = "/v1/users/default/login"
    assert logged == {"uid": SAMPLE_UID, "method": "POST", "path": path, "status": 400, "fate": "answered"}
