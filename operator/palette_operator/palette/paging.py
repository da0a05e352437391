"""Following continue tokens to the end of a list, and to no other end. Pure.

Tokens are offsets in disguise: they say where to go on, not in what list. A server that errs may repeat a page, hand
out the same token again, or never end; a list that changes meanwhile may skip rows. Source: Palette docs, "Pagination".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.palette.wire.search import PAGE_SIZE, ItemPage

ItemT = TypeVar("ItemT")

SPARE_PAGES = 20
"""How many pages beyond those that `count` announces a growing list may take."""
MOST_PAGES = 4_000
"""200,000 rows: whatever a list announces, it is given up there."""
MOST_BREAKS = 3
"""How often in a row a list may break off before it is no longer taken for bad luck."""
READ_AGAIN_S = 2.0


class Walk:
    """One way through a list, from its first page."""

    def __init__(self, doing: str) -> None:
        """`doing` names the listing in messages."""
        self._doing = doing
        self._tokens: set[str] = set()
        self._most = MOST_PAGES
        self._last: Sequence[object] = ()

    @property
    def is_under_way(self) -> bool:
        """Whether a token is being followed."""
        return bool(self._tokens)

    def follow(self, page: ItemPage[ItemT]) -> str:
        """Take a page in; return the token of the next one, "" at the end.

        Raises Unavailable when the list does not come to an end: a token or a page that comes again, a page that
        brings nothing, or more pages than were announced.
        """
        token = page.listmeta.continue_
        if not token:
            return ""
        if not self._tokens:
            self._most = min(MOST_PAGES, max(0, page.listmeta.count or 0) // PAGE_SIZE + SPARE_PAGES)
        stands_still = not page.items or page.items == self._last
        if token in self._tokens or stands_still or len(self._tokens) >= self._most:
            raise Unavailable("PaletteUnreachable", f"{self._doing}: Palette's pages do not come to an end")
        self._tokens.add(token)
        self._last = page.items
        return token


class Breaks:
    """How often in a row each list broke off in the middle. Bounded by the operations there are."""

    def __init__(self) -> None:
        self._in_a_row: dict[object, int] = {}

    def whole(self, listing: object) -> None:
        """Take note that a list was read to its end."""
        self._in_a_row.pop(listing, None)

    def broken(self, listing: object, doing: str, error: ReconcileError) -> ReconcileError:
        """Judge a failure on a later page: what Palette has against a request is its token, which may have expired.

        Waiting, for the list is to be read from the start; Unavailable when that has not helped. A failure that says
        something else (a refused credential, no answer) comes back as it is.
        """
        if not _is_about_the_token(error):
            return error
        self._in_a_row[listing] = self._in_a_row.get(listing, 0) + 1
        if self._in_a_row[listing] > MOST_BREAKS:
            message = f"{doing}: Palette refuses its own continue tokens"
            return Unavailable("PaletteUnreachable", message, answer=error.answer)
        message = f"{doing}: the list broke off while it was read; it is read again"
        return Waiting("AwaitingFleet", message, retry_after_s=READ_AGAIN_S, answer=error.answer)


def _is_about_the_token(error: ReconcileError) -> bool:
    """Whether Palette itself refuses a page though it gave those before it: 400, 404, 410 or 422."""
    refused = isinstance(error, Stalled) and error.reason in {"RemoteRejected", "NotFound"}
    return refused or (error.answer is not None and error.answer.status in {400, 404, 410, 422})


def check_whole(doing: str, totals: Sequence[int | None], distinct: int) -> None:
    """Return if pages that announced these totals showed the whole list; `distinct` is how many uids came.

    For lists whose rows are few: what they do not show is taken to be not there. Raises Waiting when the list moved,
    Unavailable when the pages do not say how long it is.
    """
    if not all(total is not None and total >= 0 for total in totals):
        raise Unavailable("PaletteUnreachable", f"{doing}: Palette does not say how long the list is")
    if not is_whole(totals, distinct):
        message = f"{doing}: the list changed while it was read; it is read again"
        raise Waiting("AwaitingFleet", message, retry_after_s=READ_AGAIN_S)


def is_whole(totals: Sequence[int | None], distinct: int) -> bool:
    """Tell whether pages that announced these totals, one each, showed everything: `distinct` is how many uids came.

    Continue tokens are offsets: a row that leaves while the list is paged moves those behind it forward, and one of
    them is skipped. Newcomers do no harm, because the list is ordered oldest first and they join at its end: so the
    total may grow but not fall, and as many rows must have been seen as there were at the end. What this cannot see is
    a row that leaves while another comes between the same two pages: it can hide a third, which is why absence is
    confirmed by a read. A page that announced no total proves nothing.
    """
    announced = [total for total in totals if total is not None]
    if not announced or len(announced) < len(totals):
        return False
    fell = any(later < earlier for earlier, later in pairwise(announced))
    return not fell and distinct == announced[-1]
