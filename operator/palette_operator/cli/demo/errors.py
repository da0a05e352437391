"""What can go wrong in a demo."""

from __future__ import annotations


class DemoFailed(Exception):
    """The demo did not come to its end; the message says why and what to look at, for people."""
