"""Bodies about the host itself."""

from typing import Literal

from pydantic import Field

from palette_sim.common.bodies import Body


class Configurations(Body):
    """v1EdgeHostConfigurations."""

    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    ca_certs: list[str] | None = None


class LinkToken(Body):
    """v1LinkToken."""

    token: str | None = Field(default=None, repr=False)
    interval: int | None = None
    remaining_time: int | None = None


class NetworkInterface(Body):
    """v1NetworkInterface."""

    type: Literal["static", "dhcp"]
    gateway: str | None = None
    ip_address: str | None = None
    nameserver: list[str] | None = None


class NetworkConfig(Body):
    """v1NetworkConfig."""

    ca_certs: list[str] | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    interfaces: dict[str, NetworkInterface] | None = None


class RegistryCredentials(Body):
    """v1RegistryCredentials."""

    certificates: list[str] | None = None
    domain: str | None = None
    encoded_password: bool | None = None
    insecure: bool | None = None
    password: str | None = Field(default=None, repr=False)
    repository_name: str | None = None
    username: str | None = None


class Management(Body):
    """v1Management."""

    type: Literal["central", "local"]
    edge_host_token: str | None = Field(default=None, repr=False)
    insecure: bool | None = None
    palette_endpoint: str | None = None
    project_name: str | None = None


class CloudInit(Body):
    """v1CloudInit: the host's user data."""

    host_name: str | None = None
    network: NetworkConfig | None = None
    registry_credentials: RegistryCredentials | None = None
    stages: str | None = Field(default=None, repr=False)
    tags: dict[str, object] | None = None
    management: Management | None = Field(default=None, alias="v1Management")
