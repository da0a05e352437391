"""When a simulator that is a process of its own ends."""

import asyncio
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def asked_to_stop() -> asyncio.Event:
    """Return what is set by SIGTERM and SIGINT, and on Linux also when the parent process dies."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    _die_with_parent()
    return stopped


def _die_with_parent() -> None:
    """Have SIGTERM sent when the parent dies, on Linux; elsewhere the parent ends us."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGTERM)
