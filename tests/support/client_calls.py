"""One way to call each method of the client, for tests that go through all of them."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from palette_operator.domain.desired import DesiredHostRegistration
from palette_operator.domain.identifiers import (
    CloudConfigUid,
    ClusterUid,
    HostUid,
    MachineUid,
    PoolName,
    ProfileUid,
    ProjectUid,
)
from palette_operator.palette.client import PaletteClient, ProjectScope

SCOPE = ProjectScope(ProjectUid("p1"))
CLUSTER, HOST, CONFIG = ClusterUid("c1"), HostUid("h1"), CloudConfigUid("cc1")
POOL, MACHINE, PROFILE = PoolName("worker"), MachineUid("m1"), ProfileUid("pr1")
REGISTRATION = DesiredHostRegistration(HOST, "store-1", "amd64", {}, remote_shell=True, pairing_key="pair-1")

EXPIRY = datetime(2026, 3, 1, tzinfo=UTC)

Call = Callable[[PaletteClient], Awaitable[Any]]


async def _all(pages: AsyncIterator[Any]) -> list[Any]:
    return [page async for page in pages]


CALLS: dict[str, Call] = {
    "who_am_i": lambda c: c.who_am_i(),
    "user": lambda c: c.user("u1"),
    "api_keys": lambda c: c.api_keys(),
    "tenant_roles": lambda c: c.tenant_roles("u1"),
    "project_roles": lambda c: c.project_roles("u1"),
    "role_permissions": lambda c: c.role_permissions("r1"),
    "installed_version": lambda c: c.installed_version(),
    "projects": lambda c: c.projects(),
    "projects_named": lambda c: c.projects_named("prod"),
    "cluster_profiles": lambda c: c.cluster_profiles(SCOPE),
    "cluster_profiles_in": lambda c: c.cluster_profiles_in(SCOPE, "project", "base", "1.0"),
    "cluster_pages": lambda c: _all(c.cluster_pages(SCOPE)),
    "search_clusters": lambda c: c.search_clusters(SCOPE, ["n"]),
    "get_cluster": lambda c: c.get_cluster(SCOPE, CLUSTER),
    "cluster_events": lambda c: c.cluster_events(SCOPE, CLUSTER),
    "create_edge_native_cluster": lambda c: c.create_edge_native_cluster(SCOPE, {"metadata": {"name": "n"}}),
    "validate_edge_native_cluster": lambda c: c.validate_edge_native_cluster(SCOPE, {"metadata": {"name": "n"}}),
    "set_cluster_metadata": lambda c: c.set_cluster_metadata(SCOPE, CLUSTER, name="n", labels={}),
    "patch_profiles": lambda c: c.patch_profiles(SCOPE, CLUSTER, [{"uid": PROFILE}]),
    "remove_profiles": lambda c: c.remove_profiles(SCOPE, CLUSTER, [PROFILE]),
    "get_variables": lambda c: c.get_variables(SCOPE, CLUSTER),
    "set_variables": lambda c: c.set_variables(SCOPE, CLUSTER, [{"profileUid": PROFILE, "variables": []}]),
    "delete_cluster": lambda c: c.delete_cluster(SCOPE, CLUSTER),
    "get_edge_native_config": lambda c: c.get_edge_native_config(SCOPE, CONFIG),
    "update_edge_native_config": lambda c: c.update_edge_native_config(SCOPE, CONFIG, {"clusterConfig": {}}),
    "create_pool": lambda c: c.create_pool(SCOPE, CONFIG, {}),
    "update_pool": lambda c: c.update_pool(SCOPE, CONFIG, POOL, {}),
    "delete_pool": lambda c: c.delete_pool(SCOPE, CONFIG, POOL),
    "get_machines": lambda c: c.get_machines(SCOPE, CONFIG, POOL),
    "delete_machine": lambda c: c.delete_machine(SCOPE, CONFIG, POOL, MACHINE),
    "host_pages": lambda c: _all(c.host_pages(SCOPE)),
    "search_hosts": lambda c: c.search_hosts(SCOPE, ["n"]),
    "get_host": lambda c: c.get_host(SCOPE, HOST),
    "register_host": lambda c: c.register_host(SCOPE, REGISTRATION),
    "update_host_meta": lambda c: c.update_host_meta(SCOPE, HOST, name="n", labels={}),
    "set_host_tunnel": lambda c: c.set_host_tunnel(SCOPE, HOST, remote_shell=True),
    "set_host_pairing_key": lambda c: c.set_host_pairing_key(SCOPE, HOST, "pair-1"),
    "reset_host": lambda c: c.reset_host(SCOPE, HOST),
    "registration_tokens": lambda c: c.registration_tokens(),
    "registration_token": lambda c: c.registration_token("t1"),
    "create_registration_token": lambda c: c.create_registration_token("n", ProjectUid("p1"), EXPIRY),
    "delete_registration_token": lambda c: c.delete_registration_token("t1"),
    "delete_host": lambda c: c.delete_host(SCOPE, HOST),
}


def public_calls() -> set[str]:
    """Return the names of all methods of the client that send something."""
    methods = inspect.getmembers(PaletteClient, inspect.isfunction)
    return {name for name, _ in methods if not name.startswith("_")} - {"aclose"}
