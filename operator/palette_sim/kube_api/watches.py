"""Watches: the changes since a version, then those that come, as a stream of JSON lines."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from palette_sim.kube_api.errors import StatusError, expired, forbidden_value, invalid
from palette_sim.kube_api.json_types import dump
from palette_sim.kube_api.lists import parse_selectors, parse_version
from palette_sim.kube_api.store import Change, Watcher

if TYPE_CHECKING:
    from palette_sim.kube_api.negotiation import Form
    from palette_sim.kube_api.selectors import Predicate
    from palette_sim.kube_api.store import Store, Stored

BOOKMARK_INTERVAL_S: Final = 25.0
MIN_TIMEOUT_S: Final = 1800.0
_NEEDS_MATCH: Final = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
_INITIAL_EVENTS_END: Final = {"k8s.io/initial-events-end": "true"}


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What is watched, and how the client wants it."""

    form: Form
    namespace: str
    matches: Predicate | None
    version: int
    bookmarks: bool
    sends_initial: bool
    marks_initial: bool
    """Whether a bookmark tells where the initial objects end."""
    timeout_s: float


def parse_watch(form: Form, namespace: str, query: Mapping[str, str]) -> WatchRequest:
    """Read the parameters of a watch. 400, 422."""
    bookmarks = query.get("allowWatchBookmarks") in {"true", "1"}
    marks_initial = query.get("sendInitialEvents") in {"true", "1"}
    if "sendInitialEvents" in query and query.get("resourceVersionMatch") != "NotOlderThan":
        problem = forbidden_value("resourceVersionMatch", _NEEDS_MATCH)
        raise invalid("ListOptions", "meta.k8s.io", "", [problem])
    version = parse_version(query.get("resourceVersion", ""))
    timeout_s = float(query.get("timeoutSeconds") or 0) or MIN_TIMEOUT_S * (1 + random.random())  # noqa: S311 -- jitter
    starts_anywhere = version == 0 and query.get("sendInitialEvents") != "false"
    return WatchRequest(
        form=form,
        namespace=namespace,
        matches=parse_selectors(form.resource, query),
        version=version,
        bookmarks=bookmarks,
        sends_initial=marks_initial or starts_anywhere,
        marks_initial=marks_initial and bookmarks,
        timeout_s=timeout_s,
    )


class Watch:
    """One watch: what it starts with, and what comes.

    Once its parameters are read, it is answered with 200 and refused within the stream, as kube-apiserver does; kopf
    takes a 410 only from there. Source: k8s.io/apiserver, pkg/storage/cacher, newErrWatcher.
    """

    def __init__(self, store: Store, request: WatchRequest, clock: Callable[[], datetime]) -> None:
        """Subscribe."""
        self._store, self._request, self._clock = store, request, clock
        self._resource = request.form.resource.stored_as
        self._sent_version = store.version
        self._initial: list[Stored] = []
        self._missed: list[Change] = []
        self._refusal: StatusError | None = None
        if request.sends_initial:
            found = store.collection(self._resource).sorted_objects(request.namespace)
            self._initial = [stored for _, stored in found if self._selects(stored)]
        else:
            self._catch_up()
        self._watcher = Watcher()
        store.collection(self._resource).watchers.add(self._watcher)

    def _catch_up(self) -> None:
        try:
            self._missed = self._store.since(self._resource, self._request.version or self._store.version)
        except StatusError as refusal:
            self._refusal = refusal

    @property
    def is_broken(self) -> bool:
        """Whether the connection is to be cut, rather than ended well."""
        return self._watcher.is_closed()

    def close(self) -> None:
        """Unsubscribe."""
        self._store.collection(self._resource).watchers.discard(self._watcher)

    async def events(self, now_s: Callable[[], float], gate: Callable[[], Awaitable[None]]) -> AsyncIterator[bytes]:
        """Yield JSON lines until the time is over, the reader lags too far behind, or the watch is dropped.

        `gate` is awaited before each piece, so that a frozen server sends nothing.
        """
        if self._refusal is not None:
            yield self._error(self._refusal)
            return
        end_s = now_s() + self._request.timeout_s
        yield b"".join(self._opening())
        while not self._watcher.is_closed():
            left_s = end_s - now_s()
            if left_s <= 0:
                break
            changes = await self._watcher.take(min(left_s, BOOKMARK_INTERVAL_S))
            await gate()
            if self._watcher.lagged:
                yield self._error(expired("the watch fell too far behind and was ended"))
                return
            if self._watcher.is_closed():
                return
            if changes:
                yield b"".join(self._lines(changes))
            elif now_s() < end_s:
                yield self._bookmark()
        if not self._watcher.is_closed():
            yield self._bookmark()

    def _opening(self) -> Iterator[bytes]:
        now = self._clock()
        for stored in self._initial:
            yield _line("ADDED", self._request.form.one(stored, now))
        if self._request.marks_initial:
            yield _line("BOOKMARK", self._request.form.bookmark(self._sent_version, dict(_INITIAL_EVENTS_END)))
        yield from self._lines(self._missed)
        self._initial, self._missed = [], []

    def _lines(self, changes: list[Change]) -> Iterator[bytes]:
        now = self._clock()
        for change in changes:
            shown = self._shown(change)
            if shown is not None:
                kind, stored = shown
                yield _line(kind, self._request.form.one(stored, now))
        if changes:
            self._sent_version = max(self._sent_version, changes[-1].now.version)

    def _shown(self, change: Change) -> tuple[str, Stored] | None:
        """Return the change as this watch sees it: an object may come into its selection, or leave it."""
        is_selected = change.type != "DELETED" and self._selects(change.now)
        was_selected = change.before is not None and self._selects(change.before)
        if is_selected:
            return ("MODIFIED" if was_selected else "ADDED"), change.now
        if not was_selected or change.before is None:
            return None
        if change.type == "DELETED":
            return "DELETED", change.now
        return "DELETED", self._store.restamp(change.before, change.now.version)

    def _selects(self, stored: Stored) -> bool:
        body = self._request.form.resource.body(stored)
        if self._request.namespace and body["metadata"].get("namespace") != self._request.namespace:
            return False
        return self._request.matches is None or self._request.matches(body)

    def _bookmark(self) -> bytes:
        # A bookmark promises that all before it was sent.
        if not self._request.bookmarks or self._watcher.has_pending:
            return b""
        self._sent_version = self._store.version
        return _line("BOOKMARK", self._request.form.bookmark(self._sent_version))

    @staticmethod
    def _error(error: StatusError) -> bytes:
        return _line("ERROR", dump(error.status()))


def _line(kind: str, body: bytes) -> bytes:
    return b'{"type":"' + kind.encode() + b'","object":' + body.rstrip() + b"}\n"
