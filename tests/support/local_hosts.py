"""Hosts as their own API shows them, with valid defaults."""

from dataclasses import replace
from typing import Any

from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.local import LocalHostInfo


def host_info(uid: str, **fields: Any) -> LocalHostInfo:  # noqa: ANN401 - any field of it
    """Return an air-gapped host."""
    return replace(LocalHostInfo(HostUid(uid), uid, connection_mode="airgap"), **fields)
