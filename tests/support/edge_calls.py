"""One way to call each method of the client of edge hosts, for tests that go through all of them."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from palette_operator.domain.identifiers import PoolName, ProfileUid
from palette_operator.domain.local import HostConfiguration, LinkToken, LocalVariable
from palette_operator.edge.client import EdgeClient, Upload

VALUE = 'planted "value"\nin two lines é'
LINK_TOKEN = "planted-link-token"
PROXY = "http://me:planted-proxy-password@10.0.0.1:3128"
REGISTRY_PASSWORD = "planted-registry-password"
SIGNATURE = b"planted-signature"
POOL = PoolName("worker")
CLUSTER_BODY: dict[str, object] = {
    "metadata": {"name": "shop"},
    "spec": {"profileVariables": [{"name": "license", "profileUid": "p", "value": VALUE}]},
}
USER_DATA = {"hostName": "store-42", "registryCredentials": {"username": "me", "password": REGISTRY_PASSWORD}}

Call = Callable[[EdgeClient], Awaitable[Any]]


def upload(content: bytes = b"an archive", *, signature: bytes = SIGNATURE) -> Upload:
    """Return a small file to upload."""

    async def read() -> AsyncIterator[bytes]:
        yield content

    return Upload("bundle.tar", read, most_bytes=1_000, signature=signature)


CALLS: dict[str, Call] = {
    "host": lambda c: c.host(),
    "settings": lambda c: c.settings(),
    "configuration": lambda c: c.configuration(),
    "set_configuration": lambda c: c.set_configuration(HostConfiguration(PROXY, PROXY, "10.0.0.0/8", ("pem",))),
    "configuration_status": lambda c: c.configuration_status(),
    "set_user_data": lambda c: c.set_user_data(USER_DATA),
    "reboot": lambda c: c.reboot(),
    "reset": lambda c: c.reset(),
    "shutdown": lambda c: c.shutdown(),
    "upload_content": lambda c: c.upload_content(upload()),
    "upload_cluster_config": lambda c: c.upload_cluster_config(upload()),
    "uploaded_content": lambda c: c.uploaded_content(),
    "link_status": lambda c: c.link_status(),
    "link_token": lambda c: c.link_token(),
    "link": lambda c: c.link(LinkToken(LINK_TOKEN, 240)),
    "unlink": lambda c: c.unlink("edge-2"),
    "ping": lambda c: c.ping("10.0.0.1"),
    "traceroute": lambda c: c.traceroute("10.0.0.1"),
    "cluster": lambda c: c.cluster(),
    "cluster_config": lambda c: c.cluster_config(),
    "kubeconfig": lambda c: c.kubeconfig(),
    "create_cluster": lambda c: c.create_cluster(CLUSTER_BODY),
    "update_cluster": lambda c: c.update_cluster("shop", CLUSTER_BODY),
    "patch_cluster": lambda c: c.patch_cluster(
        "shop", [{"op": "replace", "path": "/spec/x", "value": {"value": VALUE}}], whole=CLUSTER_BODY
    ),
    "delete_cluster": lambda c: c.delete_cluster(),
    "update_profiles": lambda c: c.update_profiles("/archive"),
    "update_settings": lambda c: c.update_settings(["pool.ntp.org"], ["ssh-rsa x"]),
    "validate_variables": lambda c: c.validate_variables(
        "/archive", [LocalVariable("license", ProfileUid("p"), VALUE)]
    ),
    "certificates": lambda c: c.certificates(),
    "renew_certificates": lambda c: c.renew_certificates(),
    "pools": lambda c: c.pools(),
    "create_pool": lambda c: c.create_pool({"name": POOL, "hosts": []}),
    "update_pool": lambda c: c.update_pool(POOL, {"name": POOL, "hosts": []}),
    "delete_pool": lambda c: c.delete_pool(POOL),
    "delete_node": lambda c: c.delete_node(POOL, "store-42"),
    "nodes": lambda c: c.nodes(),
    "archive": lambda c: c.archive("embedded"),
    "contents": lambda c: c.contents(),
    "registry_health": lambda c: c.registry_health(),
    "content_sync": lambda c: c.content_sync(),
}


def public_calls() -> set[str]:
    """Return the names of all methods of the client that send something."""
    methods = inspect.getmembers(EdgeClient, inspect.isfunction)
    return {name for name, _ in methods if not name.startswith("_")} - {"aclose"}
