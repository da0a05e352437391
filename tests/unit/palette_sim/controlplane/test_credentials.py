import base64
import re
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from palette_sim.controlplane.credentials import Credentials, create_credentials, write_kubeconfig


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return create_credentials(tmp_path / "credentials", datetime.now(UTC))


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """Complete a TLS handshake in memory; raises what the client thinks of the server's certificate."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    waiting = list(ends)
    for end in ends * 4:
        if end in waiting:
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                continue
    assert waiting == []


def server_context(credentials: Credentials) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(credentials.serving_certificate, credentials.serving_key)
    return context


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_serving_certificate_satisfies_the_strictest_client(credentials: Credentials, name: str) -> None:
    client = ssl.create_default_context(cafile=str(credentials.ca))
    client.verify_flags |= ssl.VERIFY_X509_STRICT

    shake_hands(server_context(credentials), client, name)


def test_another_control_planes_ca_does_not_vouch_for_it(credentials: Credentials, tmp_path: Path) -> None:
    other = create_credentials(tmp_path / "other", datetime.now(UTC))

    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server_context(credentials), ssl.create_default_context(cafile=str(other.ca)), "127.0.0.1")


def test_keys_tokens_and_the_kubeconfig_are_readable_by_their_owner_only(
    credentials: Credentials, tmp_path: Path
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    write_kubeconfig(kubeconfig, server="https://127.0.0.1:6443", credentials=credentials)

    write_kubeconfig(tmp_path / "person", server="https://127.0.0.1:6443", credentials=credentials, user="person")

    private = [credentials.serving_key, credentials.service_account_key, credentials.tokens, kubeconfig]
    private.append(tmp_path / "person")
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
    assert (tmp_path / "credentials").stat().st_mode & 0o777 == 0o700


def test_the_kubeconfig_holds_all_that_a_client_needs(credentials: Credentials, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    write_kubeconfig(kubeconfig, server="https://127.0.0.1:6443", credentials=credentials)

    ca = base64.b64encode(credentials.ca.read_bytes()).decode()
    assert yaml.safe_load(kubeconfig.read_text()) == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "genuine", "cluster": {"server": "https://127.0.0.1:6443", "certificate-authority-data": ca}}
        ],
        "users": [{"name": "genuine", "user": {"token": credentials.token}}],
        "contexts": [{"name": "genuine", "context": {"cluster": "genuine", "user": "genuine", "namespace": "default"}}],
        "current-context": "genuine",
    }


def test_a_kubeconfig_that_others_could_read_is_replaced_by_one_they_cannot(
    credentials: Credentials, tmp_path: Path
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text("old")
    kubeconfig.chmod(0o644)

    write_kubeconfig(kubeconfig, server="https://127.0.0.1:6443", credentials=credentials)

    assert kubeconfig.stat().st_mode & 0o777 == 0o600


def test_the_token_file_makes_one_administrator_and_a_person_of_no_group(credentials: Credentials) -> None:
    administrator, person = credentials.tokens.read_text().splitlines()

    assert administrator == f"{credentials.token},admin,admin,system:masters"
    assert person == f"{credentials.person_token},person,person"


def test_a_kubeconfig_is_of_the_user_that_it_is_written_for(credentials: Credentials, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    write_kubeconfig(kubeconfig, server="https://127.0.0.1:6443", credentials=credentials, user="person")

    assert yaml.safe_load(kubeconfig.read_text())["users"][0]["user"] == {"token": credentials.person_token}


def test_the_token_is_fresh_and_never_shown(credentials: Credentials, tmp_path: Path) -> None:
    again = create_credentials(tmp_path / "credentials", datetime.now(UTC))

    assert again.token != credentials.token
    assert re.fullmatch(r"[\w-]{43}", credentials.token)
    assert again.person_token != credentials.person_token
    assert credentials.token not in repr(credentials)
    assert credentials.person_token not in repr(credentials)
