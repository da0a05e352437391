"""When a read is not believed by itself: a field that an answer lost looks like one that Palette leaves out.

Palette leaves out what is empty, so no single answer tells the two apart. What a plan takes to be lacking is therefore
looked for a second time, and only what both answers ask for is written. What was really shown (another version, another
tag's value, a host that is to leave) needs no second look: nothing that is lost makes it up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from palette_operator.domain.actions import (
    Action,
    ApplyProfiles,
    Await,
    ClusterAction,
    CreatePool,
    SetClusterMetadata,
    SetHostMetadata,
    SetVariables,
    UpdateCloudConfig,
    UpdatePool,
    differences_of,
)
from palette_operator.domain.errors import Unavailable
from palette_operator.domain.marks import MARK_LABELS
from palette_operator.domain.observed import ClusterDetail, HostRow, ObservedCluster

_MOST_NAMED = 3


def rests_on_absence(actions: Iterable[ClusterAction], seen: ObservedCluster) -> bool:
    """Whether anything that is planned for a cluster follows from what was not shown.

    Tags are not asked about: they are read again, twice if need be, when they are sent.
    """
    return any(_rests_on_absence(action, seen) for action in actions)


def _rests_on_absence(action: ClusterAction, seen: ObservedCluster) -> bool:
    match action:
        case ApplyProfiles(changes=changes):
            attached = {profile.uid for profile in seen.detail.profiles} if seen.detail else frozenset()
            return any(change.replaces is None and change.profile.uid not in attached for change in changes)
        case SetVariables():
            return seen.detail is None or seen.detail.can_be_applied is None
        case CreatePool() | UpdatePool() | UpdateCloudConfig():
            # They carry the rest of what was read: an address that was lost would be sent as none.
            return True
        case _:
            return False


def check_confirmed(doing: str, first: Sequence[Action], second: Sequence[Action]) -> None:
    """Return if the second look asks for no write but those of the first; raises Unavailable that names the calls."""
    news = [action for action in second if not isinstance(action, Await) and action not in first]
    if news:
        paths = sorted({difference.path for action in news for difference in differences_of(action)})
        raise Unavailable(
            "PaletteUnreachable",
            f"{doing}: two answers in a row disagree on {', '.join(paths[:_MOST_NAMED])}; nothing is written until "
            "they agree",
        )


Tagging: TypeAlias = SetClusterMetadata | SetHostMetadata


def is_in_doubt(action: Tagging, found: ClusterDetail | HostRow) -> bool:
    """Whether something is not shown that is wanted, or was shown before: name and tags are about to be sent whole."""
    expected = (action.found.keys() | action.labels.keys()) - set(action.remove)
    if isinstance(action, SetClusterMetadata):
        is_other = bool(action.description) and not _description(found)
    else:
        is_other = action.name != found.name
    return is_other or not expected <= found.labels.keys()


def check_tags(doing: str, action: Tagging, first: ClusterDetail | HostRow, last: ClusterDetail | HostRow) -> None:
    """Return if both reads show the same tags, and no mark but those judged; raises Unavailable that names the call."""
    if (first.name, first.labels, _description(first)) != (last.name, last.labels, _description(last)):
        raise Unavailable(
            "PaletteUnreachable",
            f"{doing}: two answers in a row disagree on its name or tags; none is set until they agree",
        )
    for key in MARK_LABELS:
        judged = {action.labels.get(key), action.found.get(key)}
        if key in action.labels and last.labels.get(key, action.labels[key]) not in judged:
            raise Unavailable("PaletteUnreachable", f"{doing}: it shows a mark that was not seen before")


def _description(found: ClusterDetail | HostRow) -> str:
    return found.description if isinstance(found, ClusterDetail) else ""
