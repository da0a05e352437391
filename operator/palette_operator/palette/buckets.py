"""The arithmetic of one rate limit: a token bucket that can be paused, and that yields to rivals.

Pure: time comes in as `now`, in seconds of any monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from palette_operator.palette.yielding import YieldingRate

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
SHORTEST_PAUSE_S = 0.25
"""Even if Palette asks for none: the answers to what was under way are part of the same refusal."""
IN_A_ROW = 20
"""Refusals with fewer requests between them are in a row: each doubles the pause."""
WHOLE = 1 - 1e-9
"""A token, but for rounding: waiting for the last billionth would be a wake-up for nothing."""


@dataclass(slots=True)
class Bucket:
    """Lets at most `per_second * t + capacity` requests leave in any window of `t` seconds.

    It starts empty, so that a restart or a failover never spends a burst twice. A token that was taken is held until
    its request has left, and takes up room meanwhile: a request that is late (a busy process, a new connection) does
    not leave together with those that were due after it.
    """

    prefix: str
    documented_per_second: float
    per_second: float
    """The documented rate times our share of it."""
    capacity: float
    advanced_at: float
    tokens: float = 0.0
    held: int = 0
    """Tokens taken for requests that have not left yet."""
    paused_until: float = field(default=float("-inf"))
    refusals: int = 0
    """Refusals in a row."""
    rate: YieldingRate = field(init=False)

    def __post_init__(self) -> None:
        self.rate = YieldingRate(self.per_second, self.advanced_at)

    @property
    def effective_per_second(self) -> float:
        """The rate that holds now."""
        return self.rate.per_second

    def change(self, now: float, documented_per_second: float, per_second: float, capacity: float) -> None:
        """Set another limit from now on. What was spent stays spent, and a pause goes on."""
        self.advance(now)
        self.documented_per_second, self.per_second, self.capacity = documented_per_second, per_second, capacity
        self.tokens = min(self.tokens, capacity - self.held)
        self.rate.change(per_second)

    def advance(self, now: float) -> None:
        """Let time pass up to `now`: tokens come in, but not during a pause."""
        since = max(self.advanced_at, min(self.paused_until, now))
        elapsed_s = now - since
        self.advanced_at = max(self.advanced_at, now)
        if elapsed_s <= 0:
            return
        # The rate at the beginning of the stretch counts for all of it: never more than was due.
        self.tokens = min(self.capacity - self.held, self.tokens + elapsed_s * self.effective_per_second)
        self.rate.advance(now)

    def has_token(self, now: float) -> bool:
        """Tell whether one more request may go now. `advance` must have been called for `now`."""
        return now >= self.paused_until and self.tokens >= WHOLE

    def next_token_at(self, now: float) -> float:
        """Tell when the next request may go, should nothing else change; infinity while held tokens leave no room."""
        if self.tokens < WHOLE and self.capacity - self.held < WHOLE:
            return float("inf")
        start = max(now, self.paused_until)
        return start + max(0.0, 1.0 - self.tokens) / self.effective_per_second

    def take(self) -> None:
        """Take one token and hold it; `let_go` or `give_back` must follow."""
        self.tokens -= 1.0
        self.held += 1
        if self.tokens < WHOLE:
            # More would have gone, had there been more: only then does it tell anything that Palette did not refuse.
            self.rate.went()

    def let_go(self, now: float) -> None:
        """Spend a held token: its request has left."""
        self.advance(now)
        self.held -= 1

    def give_back(self, now: float) -> None:
        """Return a held token: its request will never be sent."""
        self.advance(now)
        self.held -= 1
        self.tokens += 1.0
        self.rate.returned()

    def refuse(self, now: float, retry_after_s: float | None, jitter: float) -> float:
        """Pause after a 429 and yield; return how many seconds the pause has left.

        `retry_after_s` is Palette's word, if it gave one; otherwise pauses double with each refusal in a row.
        `jitter` (0 to 1) lengthens the pause by up to a quarter, so that rivals do not return as one. Answers to
        requests that were under way when the pause began are the same refusal and cut nothing further.
        """
        self.advance(now)
        is_new = now >= self.paused_until
        if is_new:
            self.refusals = self.refusals + 1 if self.rate.sent < IN_A_ROW else 1
        growing_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self.refusals - 1, 10))
        pause_s = (growing_s if retry_after_s is None else max(SHORTEST_PAUSE_S, retry_after_s)) * (1 + jitter / 4)
        if is_new:
            self.rate.refuse(now, pause_s)
        self.tokens = 0.0
        self.paused_until = max(self.paused_until, now + pause_s)
        return max(0.0, self.paused_until - now)
