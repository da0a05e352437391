"""Choosing edge hosts for pools: by name, by uid, or by selector and count.

A choice is sticky: a host once chosen stays while it still matches, so that a label that appears elsewhere never moves
a running cluster.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.resources import LabelSelector


@dataclass(frozen=True, slots=True)
class Candidate:
    """An EdgeHost object as far as choosing goes."""

    uid: HostUid
    name: str
    labels: Mapping[str, str]
    usable: bool
    """Registered, paired, healthy and free in Palette."""


def choose_hosts(
    selector: LabelSelector,
    count: int,
    candidates: Iterable[Candidate],
    *,
    chosen_before: Sequence[HostUid],
    taken: Collection[HostUid],
) -> tuple[HostUid, ...]:
    """Return up to `count` host uids: those chosen before that still match, then free usable ones by name.

    `taken` are hosts that other clusters use or have reserved. The result may be shorter than `count`.
    """
    matching = {c.uid: c for c in sorted(candidates, key=lambda c: c.name) if selector.matches(c.labels)}
    sticky = [uid for uid in chosen_before if uid in matching and uid not in taken]
    fresh = [uid for uid, c in matching.items() if c.usable and uid not in taken and uid not in sticky]
    return tuple([*sticky, *fresh][:count])
