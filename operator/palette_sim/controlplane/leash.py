"""Runs a command that ends when the process that started it does, however that one ended.

    python leash.py PARENT_PID COMMAND [ARGUMENT...]

It replaces itself by the command, so the process id stays. Started as a plain file, outside the package: a few
milliseconds instead of the package's imports, and safe among threads, unlike work done between fork and exec. Only
Linux can tie a process to its parent; elsewhere the command just runs.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def leashed(command: Sequence[str | Path]) -> list[str]:
    """Return the command that runs `command` on a leash held by this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *map(str, command)]


def end_with_parent(signal_number: signal.Signals, parent_pid: int) -> None:
    """Have the kernel send this process `signal_number` when its parent ends; at once when it already has."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal_number))
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal_number)


if __name__ == "__main__":
    end_with_parent(signal.SIGKILL, int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the command of the process that started us, without a shell
