"""API keys: each has a name, perhaps an owner and an expiry, and can be revoked. Source: Palette docs, "API Key"."""

import hashlib
from dataclasses import dataclass

from palette_sim.palette.accounts import User
from palette_sim.palette.errors import unauthorized
from palette_sim.palette.seed import KeySeed

_UID_LENGTH = 24
_DAY_S = 86_400.0


@dataclass(slots=True)
class ApiKey:
    """One key; the key itself is not in it."""

    uid: str
    name: str
    owner: User | None
    created_s: float
    expires_s: float | None
    revoked: bool = False

    def is_valid(self, now_s: float) -> bool:
        """Tell whether requests with it are let in."""
        return not self.revoked and (self.expires_s is None or now_s < self.expires_s)


class ApiKeys:
    """The API keys, which can be revoked, restored and given an expiry by name at any time."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}

    def add(self, seed: KeySeed, owner: User | None, now_s: float) -> None:
        """Add a key."""
        uid = hashlib.sha256(f"key/{seed.name}".encode()).hexdigest()[:_UID_LENGTH]
        expires_s = None if seed.expires_in_days is None else now_s + seed.expires_in_days * _DAY_S
        self._keys[seed.key.get_secret_value()] = ApiKey(uid, seed.name, owner, now_s, expires_s)

    def require_valid(self, value: str, now_s: float) -> None:
        """Raise ApiError 401 for a key that is unknown, revoked or past its expiry."""
        key = self._keys.get(value)
        if key is None or not key.is_valid(now_s):
            raise unauthorized()

    def set_revoked(self, name: str, revoked: bool) -> bool:
        """Revoke or restore all keys of that name; tells whether there is one."""
        named = self.named(name)
        for key in named:
            key.revoked = revoked
        return bool(named)

    def named(self, name: str) -> list[ApiKey]:
        """List the keys of that name."""
        return [key for key in self._keys.values() if key.name == name]

    def all(self) -> list[ApiKey]:
        """List all keys, never the keys themselves."""
        return list(self._keys.values())
