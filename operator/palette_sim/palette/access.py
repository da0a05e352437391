"""Who calls, and what that caller may see: by the `ApiKey` header, or by a token in `Authorization`.

Source: Palette docs, "API Key", "Authorization Token" and "Scope".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from palette_sim.common.clock import Clock
from palette_sim.palette.accounts import Accounts, User
from palette_sim.palette.api_keys import ApiKeys
from palette_sim.palette.errors import forbidden, unauthorized
from palette_sim.palette.seed import KeySeed, UserSeed
from palette_sim.palette.tokens import Tokens

API_KEY_HEADER = "ApiKey"
TOKEN_HEADER = "Authorization"  # noqa: S105 - its name
PROJECT_HEADER = "ProjectUid"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may see the whole tenant, or some projects."""

    name: str
    """The user's uid; the key's name where a key belongs to nobody."""
    tenant_admin: bool
    project_uids: frozenset[str] = field(default_factory=frozenset)

    def may_see(self, project_uid: str) -> bool:
        """Tell whether the caller may see a project."""
        return self.tenant_admin or project_uid in self.project_uids

    def require_tenant(self, permission: str) -> None:
        """Raise ApiError 403 unless the caller may act in tenant scope."""
        if not self.tenant_admin:
            raise forbidden(permission)


NOBODY = Caller("", tenant_admin=False)
"""Who calls what needs no credentials."""


class Access:
    """All ways in."""

    def __init__(self, clock: Clock, token_life_s: float) -> None:
        self.keys = ApiKeys()
        self.accounts = Accounts()
        self.tokens = Tokens(token_life_s)
        self._clock = clock
        self._callers: dict[str, Caller] = {}
        self._callers_by_key: dict[str, Caller] = {}

    def add_user(self, seed: UserSeed, project_uids: Mapping[str, str]) -> None:
        """Add a user; `project_uids` maps names of projects to their uids."""
        user = self.accounts.add(seed, self._clock.now_s())
        self._callers[user.uid] = _caller(user.uid, seed, project_uids)

    def add_key(self, seed: KeySeed, project_uids: Mapping[str, str]) -> None:
        """Add a key, of a user who is known already or of nobody."""
        owner = self.accounts.by_email(seed.user) if seed.user else None
        name = owner.uid if owner else seed.name
        self._callers_by_key[seed.key.get_secret_value()] = _caller(name, seed, project_uids)
        self.keys.add(seed, owner, self._clock.now_s())

    def identify(self, headers: Mapping[str, str]) -> Caller:
        """Find the caller from the request's headers, whatever their case; raises ApiError 401.

        A request that carries a key and a token is refused: it would be anybody's guess which one counts.
        """
        now_s = self._clock.now_s()
        key, token = headers.get(API_KEY_HEADER, ""), headers.get(TOKEN_HEADER, "")
        if key and not token:
            self.keys.require_valid(key, now_s)
            return self._callers_by_key[key]
        if token and not key:
            return self._callers[self.tokens.identify(token, now_s)]
        raise unauthorized()

    def set_password(self, user: User, password: str) -> None:
        """Change a password; its tokens no longer count."""
        user.password = password
        self.tokens.revoke(user.uid)


def _caller(name: str, seed: KeySeed | UserSeed, project_uids: Mapping[str, str]) -> Caller:
    return Caller(name, seed.tenant_admin, frozenset(project_uids[project] for project in seed.projects))
