import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from palette_sim.controlplane.leash import leashed

PARENT = """
import subprocess, sys
sys.path.insert(0, sys.argv[1])
from palette_sim.controlplane.leash import leashed
child = subprocess.Popen(leashed([sys.executable, "-S", "-c", "print('up', flush=True); import time; time.sleep(60)"]))
print(child.pid, flush=True)
import time; time.sleep(60)
"""
SOURCE_ROOT = Path(__file__).resolve().parents[4] / "operator"


def ends_soon(pid: int) -> bool:
    """Whether the process ends within seconds; one that only waits to be reaped has ended."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_a_leashed_process_ends_when_its_parent_is_killed() -> None:
    command = [sys.executable, "-c", PARENT, str(SOURCE_ROOT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        said = {parent.stdout.readline().strip() for _ in range(2)}
        parent.kill()

    assert "up" in said
    assert ends_soon(int((said - {"up"}).pop()))


def test_a_leashed_command_keeps_its_arguments_and_exit_code() -> None:
    script = "import sys; print(sys.argv[1:]); sys.exit(7)"

    ran = subprocess.run(
        leashed([sys.executable, "-c", script, "a b", "--c=d"]), capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stdout) == (7, "['a b', '--c=d']\n")
