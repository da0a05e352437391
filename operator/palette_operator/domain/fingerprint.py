"""Keyed hashes of what was sent.

What cannot be read back is compared by them, and nobody can guess a secret from one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any


def fingerprint(key: bytes, *parts: object) -> str:
    """Return 32 hex digits over dataclasses, mappings, sequences and scalars; the same for equal content."""
    plain = json.dumps([_plain(part) for part in parts], sort_keys=True, separators=(",", ":"))
    return hmac.new(key, plain.encode(), hashlib.sha256).hexdigest()[:32]


def _plain(part: object) -> Any:  # noqa: ANN401 - JSON
    if is_dataclass(part) and not isinstance(part, type):
        return _plain(asdict(part))
    if isinstance(part, Mapping):
        return {str(name): _plain(value) for name, value in part.items()}
    if isinstance(part, Sequence) and not isinstance(part, str | bytes):
        return [_plain(item) for item in part]
    return part
