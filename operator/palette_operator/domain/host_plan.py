"""What to write so that an edge host is registered as desired: pure rules, as in `plan`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from palette_operator.domain.actions import (
    Difference,
    HostAction,
    RegisterHost,
    SetHostMetadata,
    SetHostPairingKey,
    SetHostTunnel,
    is_ignored,
)
from palette_operator.domain.desired import DesiredHostRegistration
from palette_operator.domain.marks import label_differences
from palette_operator.domain.observed import HostRow


@dataclass(frozen=True, slots=True)
class HostMemory:
    """What we remember having sent, from status."""

    tags: frozenset[str] = frozenset()
    settings_hash: str = ""
    """Keyed hash of the remote shell settings and pairing key last sent: the listing carries neither."""


def plan_host(
    desired: DesiredHostRegistration,
    seen: HostRow | None,
    memory: HostMemory = HostMemory(),
    settings_hash: str = "",
    *,
    ignore: frozenset[str] = frozenset(),
) -> tuple[HostAction, ...]:
    """Return the writes that make Palette match; empty when it does.

    `seen` None means that the host is known to be absent (never: that it was not seen).
    """
    if seen is None:
        return (RegisterHost(desired),)
    return tuple(chain(metadata(desired, seen, memory, ignore), settings(desired, seen, memory, settings_hash, ignore)))


def metadata(
    desired: DesiredHostRegistration, seen: HostRow, memory: HostMemory, ignore: frozenset[str] = frozenset()
) -> Iterator[HostAction]:
    """Set tags and mark that differ; remove only tags that we once set. The host's name is left as it is."""
    wanted, stale, differences = label_differences(desired.labels, seen.labels, memory.tags, ignore)
    if differences:
        yield SetHostMetadata(seen.uid, seen.name, wanted, stale, differences, seen.labels)


def settings(
    desired: DesiredHostRegistration,
    seen: HostRow,
    memory: HostMemory,
    settings_hash: str,
    ignore: frozenset[str] = frozenset(),
) -> Iterator[HostAction]:
    """Send remote shell settings and pairing key when they differ from what was sent last."""
    if memory.settings_hash == settings_hash:
        return
    if desired.remote_shell is not None and not is_ignored("/spec/remoteShell", ignore):
        changed = Difference("/spec/remoteShell", "changed", "sent before")
        yield SetHostTunnel(seen.uid, desired.remote_shell, bool(desired.remote_shell_temporary_user), (changed,))
    if desired.pairing_key and seen.state == "unpaired":
        changed = Difference("/spec/pairingKeySecretRef", "changed", "sent before")
        yield SetHostPairingKey(seen.uid, desired.pairing_key, (changed,))
