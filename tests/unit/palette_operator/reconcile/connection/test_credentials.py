from typing import Any, cast

import pytest

from palette_operator.domain.errors import Waiting
from palette_operator.domain.resources.connection import Auth
from palette_operator.kube.api import KubeApi
from palette_operator.kube.secrets import Secrets
from palette_operator.palette.credentials import ApiKey, Credentials, UserLogin
from palette_operator.reconcile.connection.credentials import read_credentials

BY_KEY = {"apiKeySecretRef": {"name": "creds", "key": "apiKey"}}
BY_USER = {"userSecretRef": {"name": "creds"}}
WHOLE = {"emailId": "ops@example.com", "password": "pw", "org": "retail"}


class Vault:
    """Stands in for the API server: one Secret, or none."""

    def __init__(self, content: dict[str, str] | None) -> None:
        self.content = content

    async def read_secret(self, namespace: str, name: str) -> dict[str, str] | None:
        assert (namespace, name) == ("system", "creds")
        return self.content


async def read(auth: dict[str, Any], content: dict[str, str] | None) -> Credentials:
    secrets = Secrets(cast("KubeApi", Vault(content)), lambda: 0.0)
    return await read_credentials(secrets, "system", Auth.model_validate(auth))


READ = {
    "a key, without the line end of a file": (BY_KEY, {"apiKey": " k-1\n"}, ApiKey("k-1")),
    "a user": (BY_USER, WHOLE, UserLogin("ops@example.com", "pw", "retail")),
    "a user of one organization": (BY_USER, {"emailId": "a@b.c", "password": "pw"}, UserLogin("a@b.c", "pw")),
    "a user whose organization is empty": (
        BY_USER,
        {"emailId": "a@b.c\n", "password": "pw\r\n", "org": "\n"},
        UserLogin("a@b.c", "pw"),
    ),
    "a password that begins and ends in spaces": (
        BY_USER,
        {"emailId": "a@b.c", "password": " pw \n"},
        UserLogin("a@b.c", " pw "),
    ),
}


@pytest.mark.parametrize(("auth", "content", "want"), READ.values(), ids=READ)
async def test_a_secret_holds(auth: dict[str, Any], content: dict[str, str], want: Credentials) -> None:
    found = await read(auth, content)

    assert found == want
    assert found.origin == "Secret 'creds' in namespace 'system'"
    assert "pw" not in repr(found)
    assert "k-1" not in repr(found)


LACKING = {
    "no Secret": (BY_KEY, None, "does not exist; create it"),
    "no key in it": (BY_KEY, {"other": "x"}, "has no key 'apiKey'; add it"),
    "an empty key": (BY_KEY, {"apiKey": ""}, "has nothing in key 'apiKey'; fill it"),
    "a key of white space": (BY_KEY, {"apiKey": " \n"}, "has nothing in key 'apiKey'; fill it"),
    "no Secret of a user": (BY_USER, None, "does not exist; create it"),
    "no e-mail": (BY_USER, {"password": "pw"}, "has no key 'emailId'; add it"),
    "no password": (BY_USER, {"emailId": "a@b.c"}, "has no key 'password'; add it"),
    "an empty e-mail": (BY_USER, {"emailId": " ", "password": "pw"}, "has nothing in key 'emailId'; fill it"),
    "an empty password": (BY_USER, {"emailId": "a@b.c", "password": "\n"}, "has nothing in key 'password'; fill it"),
}


@pytest.mark.parametrize(("auth", "content", "why"), LACKING.values(), ids=LACKING)
async def test_what_a_secret_lacks_is_named_with_secret_namespace_and_key(
    auth: dict[str, Any], content: dict[str, str] | None, why: str
) -> None:
    with pytest.raises(Waiting) as caught:
        await read(auth, content)

    assert caught.value.reason == "SecretNotFound"
    assert caught.value.message == f"Secret 'creds' in namespace 'system' {why}"
