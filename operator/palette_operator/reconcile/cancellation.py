"""Whose cancellation it is: of the task that meets it, or of something that this task was waiting for."""

from __future__ import annotations

import asyncio


def is_being_cancelled() -> bool:
    """Whether somebody cancels the present task: a CancelledError that it meets otherwise was not meant for it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
