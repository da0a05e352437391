"""Secrets are read once for all who refer to them, and anew when somebody says that they changed."""

from __future__ import annotations

from typing import cast

import pytest

from palette_operator.domain.errors import Waiting
from palette_operator.kube.api import KubeApi
from palette_operator.kube.secrets import Secrets


class Vault:
    """Stands in for the API server: Secrets by namespace and name, and how often they were read."""

    def __init__(self) -> None:
        self.content: dict[tuple[str, str], dict[str, str]] = {("retail", "store-vars"): {"password": "first"}}
        self.reads = 0

    async def read_secret(self, namespace: str, name: str) -> dict[str, str] | None:
        self.reads += 1
        return self.content.get((namespace, name))


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def now() -> list[float]:
    return [100.0]


@pytest.fixture
def secrets(vault: Vault, now: list[float]) -> Secrets:
    return Secrets(cast("KubeApi", vault), lambda: now[0])


async def test_a_secret_is_read_once_however_many_ask(secrets: Secrets, vault: Vault) -> None:
    values = [await secrets.value("retail", "store-vars", "password") for _ in range(3)]

    assert values == ["first"] * 3
    assert vault.reads == 1


async def test_a_change_shows_after_some_seconds(secrets: Secrets, vault: Vault, now: list[float]) -> None:
    await secrets.value("retail", "store-vars", "password")
    vault.content["retail", "store-vars"] = {"password": "second"}

    now[0] += 5

    assert await secrets.value("retail", "store-vars", "password") == "second"


async def test_a_change_shows_at_once_where_it_was_announced(secrets: Secrets, vault: Vault) -> None:
    await secrets.value("retail", "store-vars", "password")
    vault.content["retail", "store-vars"] = {"password": "second"}

    secrets.forget("elsewhere")
    assert await secrets.value("retail", "store-vars", "password") == "first"
    secrets.forget("retail")
    assert await secrets.value("retail", "store-vars", "password") == "second"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("other", "Secret 'other' in namespace 'retail' does not exist; create it"),
        ("store-vars", "Secret 'store-vars' in namespace 'retail' has no key 'token'; add it"),
    ],
    ids=["a Secret that is not there", "a key that is not there"],
)
async def test_what_is_missing_is_named(secrets: Secrets, name: str, message: str) -> None:
    with pytest.raises(Waiting) as caught:
        await secrets.value("retail", name, "token")

    assert caught.value.reason == "SecretNotFound"
    assert caught.value.message == message
