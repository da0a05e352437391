"""A connection's credentials, from the Secret that its spec names."""

from __future__ import annotations

from palette_operator.domain.resources.connection import Auth
from palette_operator.kube.secrets import Secrets, not_usable, secret_name
from palette_operator.palette.credentials import ApiKey, Credentials, UserLogin

EMAIL, PASSWORD, ORGANIZATION = "emailId", "password", "org"


async def read_credentials(secrets: Secrets, namespace: str, auth: Auth) -> Credentials:
    """Read the credentials that `auth` names from the operator's own namespace.

    White space around them is left out, but of a password only the line end that a file brings along. Raises Waiting
    with SecretNotFound when the Secret is not there, or has not all that it needs.
    """
    if auth.user_secret_ref is None:
        assert auth.api_key_secret_ref is not None  # noqa: S101 - the model has one of the two
        name, key = auth.api_key_secret_ref.name, auth.api_key_secret_ref.key
        return ApiKey(await _text(secrets, namespace, name, key), origin=secret_name(namespace, name))
    name = auth.user_secret_ref.name
    password = (await secrets.value(namespace, name, PASSWORD)).rstrip("\r\n")
    if not password:
        raise not_usable(namespace, name, f"has nothing in key {PASSWORD!r}; fill it")
    return UserLogin(
        email=await _text(secrets, namespace, name, EMAIL),
        password=password,
        organization=(await secrets.optional_value(namespace, name, ORGANIZATION) or "").strip(),
        origin=secret_name(namespace, name),
    )


async def _text(secrets: Secrets, namespace: str, name: str, key: str) -> str:
    text = (await secrets.value(namespace, name, key)).strip()
    if not text:
        raise not_usable(namespace, name, f"has nothing in key {key!r}; fill it")
    return text
