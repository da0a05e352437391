"""Users who log in with a password. Source: Palette OpenAPI 4.9, v1AuthLogin and v1User."""

import hashlib
from dataclasses import dataclass, field

from palette_sim.common.errors import ApiError
from palette_sim.palette.errors import not_found
from palette_sim.palette.seed import UserSeed

TRIES_BEFORE_LOCKOUT = 5
LOCKED_FOR_S = 900.0
_UID_LENGTH = 24


@dataclass(slots=True)
class User:
    """A user of the tenant."""

    uid: str
    email: str
    first_name: str
    last_name: str
    password: str = field(repr=False)
    mfa: bool
    created_s: float
    wrong_in_a_row: int = 0
    locked_until_s: float = 0.0
    last_sign_in_s: float | None = None

    def is_locked(self, now_s: float) -> bool:
        """Tell whether even the right password is refused."""
        return now_s < self.locked_until_s


class Accounts:
    """The users, by uid."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}

    def add(self, seed: UserSeed, now_s: float) -> User:
        """Add a user."""
        uid = hashlib.sha256(f"user/{seed.email}".encode()).hexdigest()[:_UID_LENGTH]
        password = seed.password.get_secret_value()
        user = User(uid, seed.email, seed.first_name, seed.last_name, password, seed.mfa, now_s)
        self.users[uid] = user
        return user

    def by_email(self, email: str) -> User:
        """Find a user; raises ApiError 404."""
        for user in self.users.values():
            if user.email.lower() == email.lower():
                return user
        raise not_found("user", email)

    def log_in(self, email: str, password: str, now_s: float) -> User:
        """Find the user who gives this password; raises ApiError 401.

        After TRIES_BEFORE_LOCKOUT wrong ones in a row even the right one is refused for LOCKED_FOR_S.
        """
        user = next((known for known in self.users.values() if known.email.lower() == email.lower()), None)
        if user is None:
            raise _refused()
        if user.is_locked(now_s):
            raise ApiError(401, "UserAccountLocked", "The account is locked after too many failed logins.")
        if password != user.password:
            user.wrong_in_a_row += 1
            if user.wrong_in_a_row >= TRIES_BEFORE_LOCKOUT:
                user.wrong_in_a_row, user.locked_until_s = 0, now_s + LOCKED_FOR_S
            raise _refused()
        user.wrong_in_a_row, user.last_sign_in_s = 0, now_s
        return user


def _refused() -> ApiError:
    return ApiError(401, "InvalidCredentials", "The e-mail address, the password or the organization is wrong.")
