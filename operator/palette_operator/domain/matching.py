"""Finding a device that registered itself, by its name and tags in Palette, when nobody knows its uid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.marks import is_marked, labels_from_tags
from palette_operator.domain.observed import HostRow
from palette_operator.domain.resources import HostMatch

_NAMED_IN_MESSAGES = 5


def is_match(match: HostMatch, row: HostRow) -> bool:
    """Whether a device has the name and every tag that is asked for."""
    wanted = labels_from_tags(match.tags)
    return (not match.name or row.name == match.name) and wanted.items() <= row.labels.items()


def choose_device(
    match: HostMatch, rows: Iterable[HostRow], held: Mapping[HostUid, ObjectKey], *, observing: bool = False
) -> HostRow | None:
    """Return the one device that matches and is nobody's, or anybody's when `observing`; None when none matches.

    `held` are the devices of other resources. Raises Stalled when several could be meant, for one is never guessed, and
    when all that match belong to others: it names them.
    """
    matching = sorted((row for row in rows if is_match(match, row)), key=lambda row: row.uid)
    free = [row for row in matching if observing or (row.uid not in held and not is_marked(row.labels))]
    if len(free) > 1:
        raise Stalled(
            "AmbiguousMatch",
            f"several devices match spec.adoption.match: {_named(row.uid for row in free)}; "
            "ask for more, or name one in spec.uid",
        )
    if free or not matching:
        return free[0] if free else None
    owners = [f"{row.uid} of {held.get(row.uid, 'another resource')}" for row in matching]
    raise Stalled("OwnedByAnother", f"every device that matches spec.adoption.match is taken: {_named(owners)}")


def _named(items: Iterable[str]) -> str:
    """Return the first few, in words that stay the same as long as the facts do."""
    names = list(items)
    more = [] if len(names) <= _NAMED_IN_MESSAGES else ["and more"]
    return ", ".join([*names[:_NAMED_IN_MESSAGES], *more])
