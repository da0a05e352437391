"""Bodies of logins and users."""

from pydantic import Field, SecretStr

from palette_sim.common.bodies import Body


class Login(Body):
    """v1AuthLogin."""

    username: str | None = None
    password: SecretStr | None = Field(default=None)


class Renewal(Body):
    """The body of a token's renewal."""

    refresh_token: str | None = Field(default=None, repr=False)


class PasswordReset(Body):
    """v1PasswordResetRequest."""

    old_password: SecretStr | None = None
    new_password: SecretStr | None = None


class User(Body):
    """v1UserSpec."""

    disable_password_update: bool | None = None
    ssh_keys: list[str] | None = None
    user_name: str | None = None
