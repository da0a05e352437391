"""How a host is reached through its own API: its endpoint and login, from the spec and the Secrets that it names."""

from __future__ import annotations

from dataclasses import dataclass

from palette_operator.domain.errors import Stalled
from palette_operator.domain.resources import Local
from palette_operator.edge.endpoint import LocalEndpoint, OsLogin
from palette_operator.kube.secrets import Secrets, not_usable, secret_name
from palette_operator.settings import Settings

USERNAME, PASSWORD = "username", "password"


@dataclass(frozen=True, slots=True)
class LocalAccess:
    """What a host's client is made of: while it stays the same, so does the client."""

    endpoint: LocalEndpoint
    login: OsLogin


def check_allowed(settings: Settings) -> None:
    """Raise Stalled unless an admin lets the operator reach hosts by themselves at all."""
    if not (settings.local_endpoint_cidrs or settings.local_loopback):
        message = (
            "the operator reaches no host through its own API: an admin can name the networks of hosts with "
            "--local-endpoint-cidr; else remove spec.local"
        )
        raise Stalled("LocalEndpointsOff", message)


async def read_access(secrets: Secrets, namespace: str, local: Local) -> LocalAccess:
    """Read the access that `local` describes.

    White space around the user name is left out, but of the password only the line end that a file brings along.
    Raises Waiting with SecretNotFound when a Secret is not there, or has not all that it needs.
    """
    name, ca = local.credentials_secret_ref.name, local.tls.ca_secret_ref
    username = (await secrets.value(namespace, name, USERNAME)).strip()
    password = (await secrets.value(namespace, name, PASSWORD)).rstrip("\r\n")
    for key, value in ((USERNAME, username), (PASSWORD, password)):
        if not value:
            raise not_usable(namespace, name, f"has nothing in key {key!r}; fill it")
    endpoint = LocalEndpoint(
        url=local.endpoint.rstrip("/"),
        ca_pem="" if ca is None else await secrets.value(namespace, ca.name, ca.key),
        fingerprint_sha256=local.tls.fingerprint_sha256,
        insecure=local.tls.insecure_skip_verify,
    )
    return LocalAccess(endpoint, OsLogin(username, password, origin=secret_name(namespace, name)))
