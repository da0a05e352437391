"""How a host is reached: from the spec and Secrets, and only where an admin lets it be."""

from typing import Any, cast

import pytest

from palette_operator.domain.errors import Stalled, Waiting
from palette_operator.domain.resources import Local
from palette_operator.edge.endpoint import LocalEndpoint, OsLogin
from palette_operator.kube.api import KubeApi
from palette_operator.kube.secrets import Secrets
from palette_operator.reconcile.local_hosts.access import LocalAccess, check_allowed, read_access
from palette_operator.settings import Settings

URL = "https://10.4.2.21:5080"
WHOLE = {"username": "kairos", "password": "pw"}


class Vault:
    """Stands in for the API server: Secrets of one namespace."""

    def __init__(self, contents: dict[str, dict[str, str]]) -> None:
        self.contents = contents

    async def read_secret(self, namespace: str, name: str) -> dict[str, str] | None:
        assert namespace == "retail"
        return self.contents.get(name)


async def read(contents: dict[str, dict[str, str]], **local: Any) -> LocalAccess:  # noqa: ANN401 - YAML
    secrets = Secrets(cast("KubeApi", Vault(contents)), lambda: 0.0)
    spec = {"endpoint": URL, "credentialsSecretRef": {"name": "os"}} | local
    return await read_access(secrets, "retail", Local.model_validate(spec))


async def test_a_login_is_read_without_the_line_end_of_a_file_and_names_its_secret() -> None:
    access = await read({"os": {"username": " kairos\n", "password": " pw \r\n"}}, endpoint=f"{URL}/")

    assert access == LocalAccess(LocalEndpoint(URL), OsLogin("kairos", " pw "))
    assert access.login.origin == "Secret 'os' in namespace 'retail'"
    assert " pw " not in repr(access)


TRUST: dict[str, tuple[dict[str, Any], LocalEndpoint]] = {
    "a CA from a Secret": ({"caSecretRef": {"name": "ca", "key": "ca.crt"}}, LocalEndpoint(URL, ca_pem="PEM")),
    "a pinned certificate": ({"fingerprintSHA256": "ab" * 32}, LocalEndpoint(URL, fingerprint_sha256="ab" * 32)),
    "any certificate": ({"insecureSkipVerify": True}, LocalEndpoint(URL, insecure=True)),
}


@pytest.mark.parametrize(("tls", "want"), TRUST.values(), ids=TRUST)
async def test_a_certificate_is_judged_as_the_spec_says(tls: dict[str, Any], want: LocalEndpoint) -> None:
    assert (await read({"os": WHOLE, "ca": {"ca.crt": "PEM"}}, tls=tls)).endpoint == want


MISSING: dict[str, tuple[dict[str, dict[str, str]], str]] = {
    "no Secret": ({}, "Secret 'os' in namespace 'retail' does not exist"),
    "no password": ({"os": {"username": "kairos"}}, "has no key 'password'"),
    "an empty password": ({"os": {"username": "kairos", "password": "\n"}}, "has nothing in key 'password'"),
    "a user name of spaces": ({"os": {"username": "  ", "password": "pw"}}, "has nothing in key 'username'"),
    "no CA": ({"os": WHOLE}, "Secret 'ca' in namespace 'retail' does not exist"),
}


@pytest.mark.parametrize(("contents", "want"), MISSING.values(), ids=MISSING)
async def test_what_is_missing_is_named(contents: dict[str, dict[str, str]], want: str) -> None:
    with pytest.raises(Waiting, match=want) as caught:
        await read(contents, tls={"caSecretRef": {"name": "ca", "key": "ca.crt"}})

    assert caught.value.reason == "SecretNotFound"


def test_no_host_is_reached_until_an_admin_names_networks() -> None:
    with pytest.raises(Stalled, match="--local-endpoint-cidr") as caught:
        check_allowed(Settings(operator_id="x"))

    assert caught.value.reason == "LocalEndpointsOff"
    check_allowed(Settings(operator_id="x", local_endpoint_cidrs=("10.0.0.0/8",)))
    check_allowed(Settings(operator_id="x", local_loopback=True))
