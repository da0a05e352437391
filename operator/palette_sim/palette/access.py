"""Who calls, and what that caller may see.

One way in is built: the `ApiKey` header. `Authorizer.identify` is the one place where another would join.
Source: Palette docs, "API Key" and "Scope".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from palette_sim.palette.errors import forbidden, unauthorized
from palette_sim.palette.seed import KeySeed

API_KEY_HEADER = "ApiKey"
PROJECT_HEADER = "ProjectUid"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may see the whole tenant, or some projects."""

    name: str
    tenant_admin: bool
    project_uids: frozenset[str] = field(default_factory=frozenset)

    def may_see(self, project_uid: str) -> bool:
        """Tell whether the caller may see a project."""
        return self.tenant_admin or project_uid in self.project_uids

    def require_tenant(self, permission: str) -> None:
        """Raise ApiError 403 unless the caller may act in tenant scope."""
        if not self.tenant_admin:
            raise forbidden(permission)


class Authorizer(Protocol):
    """Tells who calls."""

    def identify(self, headers: Mapping[str, str]) -> Caller:
        """Find the caller from the request's headers; raises ApiError 401."""
        ...


@dataclass(slots=True)
class _Key:
    caller: Caller
    revoked: bool = False


class ApiKeys:
    """The API keys, which can be revoked and restored by name at any time."""

    def __init__(self) -> None:
        self._keys: dict[str, _Key] = {}

    def add(self, seed: KeySeed, project_uids: Mapping[str, str]) -> None:
        """Add a key; `project_uids` maps names of projects to their uids."""
        seen = frozenset(project_uids[name] for name in seed.projects)
        self._keys[seed.key.get_secret_value()] = _Key(Caller(seed.name, seed.tenant_admin, seen))

    def identify(self, headers: Mapping[str, str]) -> Caller:
        """Find the caller by the `ApiKey` header, whatever its case; raises ApiError 401."""
        key = self._keys.get(headers.get(API_KEY_HEADER, ""))
        if key is None or key.revoked:
            raise unauthorized()
        return key.caller

    def set_revoked(self, name: str, revoked: bool) -> bool:
        """Revoke or restore all keys of that name; tells whether there is one."""
        named = [key for key in self._keys.values() if key.caller.name == name]
        for key in named:
            key.revoked = revoked
        return bool(named)

    def names(self) -> dict[str, bool]:
        """Tell which keys there are and whether each is revoked; never the keys themselves."""
        return {key.caller.name: key.revoked for key in self._keys.values()}
