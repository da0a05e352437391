"""The arithmetic of one rate limit: a token bucket that can be paused, slowed and left to recover.

Pure: time comes in as `now`, in seconds of any monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FLOOR_FACTOR = 0.1
"""However often Palette refuses, a tenth of the rate is kept: enough to notice that it no longer does."""
RECOVERY_PER_S = 0.01
"""A halved rate is whole again after 50 s without a refusal."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
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
    factor: float = 1.0
    """What is left of the rate after refusals, between FLOOR_FACTOR and 1."""
    paused_until: float = field(default=float("-inf"))
    refusals: int = 0
    """Refusals in a row, without a full recovery between them."""

    @property
    def effective_per_second(self) -> float:
        """The rate that holds now."""
        return self.per_second * self.factor

    def advance(self, now: float) -> None:
        """Let time pass up to `now`: tokens come in and the rate grows back, but neither during a pause."""
        since = max(self.advanced_at, min(self.paused_until, now))
        elapsed_s = now - since
        self.advanced_at = max(self.advanced_at, now)
        if elapsed_s <= 0:
            return
        # The rate at the beginning of the stretch counts for all of it: never more than was due.
        self.tokens = min(self.capacity - self.held, self.tokens + elapsed_s * self.effective_per_second)
        self.factor = min(1.0, self.factor + elapsed_s * RECOVERY_PER_S)
        if self.factor == 1.0:
            self.refusals = 0

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

    def let_go(self, now: float) -> None:
        """Spend a held token: its request has left."""
        self.advance(now)
        self.held -= 1

    def give_back(self, now: float) -> None:
        """Return a held token: its request will never be sent."""
        self.advance(now)
        self.held -= 1
        self.tokens += 1.0

    def refuse(self, now: float, retry_after_s: float | None, jitter: float) -> float:
        """Pause after a 429 and cut the rate in half; return how many seconds the pause has left.

        `retry_after_s` is Palette's word, if it gave one; otherwise pauses double with each refusal in a row.
        `jitter` (0 to 1) lengthens the pause by up to a quarter, so that rivals do not return as one. Answers to
        requests that were under way when the pause began are the same refusal and cut nothing further.
        """
        self.advance(now)
        if now >= self.paused_until:
            self.refusals += 1
            self.factor = max(FLOOR_FACTOR, self.factor / 2)
        growing_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self.refusals - 1, 10))
        pause_s = (growing_s if retry_after_s is None else max(0.0, retry_after_s)) * (1 + jitter / 4)
        self.tokens = 0.0
        self.paused_until = max(self.paused_until, now + pause_s)
        return max(0.0, self.paused_until - now)
