"""Every method of the client, called with every part that a request of it can have, against a simulated Palette."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from palette_operator.clouds.base import profile_entity, variables_body
from palette_operator.clouds.edge_native import cloud_config_body, create_body, pool_body
from palette_operator.domain.actions import ProfileChange
from palette_operator.domain.desired import (
    DesiredCluster,
    DesiredEdgeNative,
    DesiredHost,
    DesiredHostRegistration,
    DesiredManifest,
    DesiredPack,
)
from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import (
    CloudConfigUid,
    ClusterUid,
    HostUid,
    MachineUid,
    PoolName,
    ProfileUid,
    ProjectUid,
)
from palette_operator.domain.observed import Taint, UpdateStrategy
from palette_operator.palette.client import TENANT, PaletteClient, ProjectScope
from palette_operator.palette.contact import make_contact
from palette_operator.palette.credentials import ApiKey, UserLogin
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.limits import DOCUMENTED
from palette_operator.palette.sessions import SessionClock
from palette_operator.palette.transport import Endpoint, Transport
from palette_operator.palette.wire.search import PAGE_SIZE
from palette_sim.palette import PaletteConfig
from palette_sim.palette.routes.roles import TENANT_ADMIN
from support import builders
from support.contract.witness import Witness
from support.palette_api import ADMIN_KEY, PaletteApi, serve_palette
from support.scenarios.waiting import eventually

EXPIRY = datetime(2030, 1, 1, tzinfo=UTC)
# Where and when a call is made, not what is sent.
_NOT_SENT = frozenset({"self", "lane", "permit_deadline_s", "leave_within_s"})
_UNHURRIED = LimiterOptions(overrides={row.prefix: 1e6 for row in DOCUMENTED})


class Recorder:
    """A client that remembers which methods were called, and with which of their parameters."""

    def __init__(self, client: PaletteClient) -> None:
        self.given: defaultdict[str, set[str]] = defaultdict(set)
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(*args: object, **named: object) -> Any:  # noqa: ANN401 - whatever the client gives
            self.given[name] |= set(inspect.signature(method).bind(*args, **named).arguments)
            return method(*args, **named)

        return call


def client_parameters() -> dict[str, set[str]]:
    """Return the methods of the client that send requests, each with the parameters that decide what is sent."""
    return {
        name: set(inspect.signature(method).parameters) - _NOT_SENT
        for name, method in inspect.getmembers(PaletteClient, inspect.isfunction)
        if not name.startswith("_") and name != "aclose"
    }


@dataclass(slots=True)
class Stage:
    """A simulated Palette with a cluster and hosts on it, and the client before it."""

    api: PaletteApi
    client: Recorder
    scope: ProjectScope
    cluster: ClusterUid
    config: CloudConfigUid
    user: str
    """Whose key it is."""

    async def run(self, call: Callable[[Stage], Awaitable[object] | AsyncIterator[object] | None]) -> None:
        """Make one call; that Palette refuses it is an answer like others."""
        with suppress(ReconcileError):
            made = call(self)
            if isinstance(made, AsyncIterator):
                async for _ in made:
                    pass
            elif made is not None:
                await made

    def wait(self, seconds: float = 3_600) -> None:
        """Let simulated time pass."""
        self.api.palette.advance(seconds)

    @property
    def token(self) -> str:
        """Return the uid of the one registration token."""
        return next(iter(self.api.palette.state.edge_tokens))

    def machine(self, pool: str) -> MachineUid:
        """Return a machine of a pool."""
        return MachineUid(next(iter(self.api.palette.clusters[self.cluster].pools[pool].machines)))

    def profile(self, name: str, version: str, **fields: Any) -> Any:  # noqa: ANN401 - as the builder takes them
        """Return a profile to attach."""
        return builders.profile(name, version, uid=ProfileUid(self.api.profile_uid(name, version)), **fields)


FULL_HOST = DesiredHost(
    uid=HostUid("edge-0001"),
    name="edge-0001",
    nic_name="eth0",
    ip="10.0.0.10",
    subnet="255.255.255.0",
    gateway="10.0.0.1",
    dns=("10.0.0.2",),
    mac="02:00:00:00:00:01",
)
FULL_CLOUD = DesiredEdgeNative(
    endpoint_type="VIP",
    endpoint_host="100.64.0.2",
    ddns_search_domain="example.com",
    overlay_cidr="100.64.0.0/18",
    ntp_servers=("ntp.example.com",),
    ssh_keys=("ssh-ed25519 AAAA ops",),
    static_ip=True,
)
FULL_REGISTRATION = DesiredHostRegistration(
    uid=HostUid("edge-9001"),
    name="store-9001",
    arch="arm64",
    labels={"site": "42", "spare": "spectro__tag"},
    remote_shell=True,
    remote_shell_temporary_user=False,
    pairing_key="a-pairing-key",
)
PACK = DesiredPack("edge-k3s", "spectro", "1.32.4", "cluster: {}\n", (DesiredManifest("extra", "kind: ConfigMap\n"),))
WORKERS = builders.pool(
    "work er",
    "edge-0002",
    "edge-0003",
    control_plane=False,
    labels={"tier": "apps"},
    taints=(Taint("dedicated", "apps", "NoSchedule"),),
    arch="amd64",
    update_strategy=UpdateStrategy("OverrideScaling", "1", "25%"),
    node_repave_interval_s=600,
    skip_kubernetes_upgrade=True,
)


def full_cluster(stage: Stage, name: str = "store-1") -> DesiredCluster:
    """Return a cluster that sets everything that can be set."""
    apps = stage.profile("store-apps", "2.1.0", variables=builders.variables(storeId="42", password="hidden"))
    return builders.cluster(
        name=name,
        description="Store 42",
        labels={"site": "42"},
        cloud=FULL_CLOUD,
        profiles=(stage.profile("edge-base", "1.4.0", packs=(PACK,)), apps),
        pools=(builders.pool("control", FULL_HOST, control_plane=True), WORKERS),
    )


async def create(stage: Stage) -> None:
    """Create the cluster that the calls are about, and let it come up."""
    body = create_body(full_cluster(stage))
    await stage.client.validate_edge_native_cluster(stage.scope, body)
    stage.cluster = await stage.client.create_edge_native_cluster(stage.scope, body)
    await stage.run(lambda s: s.client.get_cluster(s.scope, s.cluster))
    stage.wait(5)
    await stage.run(lambda s: s.client.get_cluster(s.scope, s.cluster))
    stage.wait()
    stage.config = CloudConfigUid(stage.api.palette.clusters[stage.cluster].cloud_config_uid)


W = PoolName(WORKERS.name)
CALLS: tuple[Callable[[Stage], Any], ...] = (
    lambda s: make_contact(Endpoint(s.api.palette.endpoint), Limiter(_UNHURRIED)),
    lambda s: s.client.who_am_i(),
    lambda s: s.client.user(s.api.palette.access.accounts.by_email("ops@example.com").uid),
    lambda s: s.client.api_keys(),
    lambda s: s.client.tenant_roles(s.user),
    lambda s: s.client.project_roles(s.user),
    lambda s: s.client.role_permissions(TENANT_ADMIN),
    lambda s: s.client.installed_version(),
    lambda s: s.client.projects(),
    lambda s: s.client.projects_named("retail-prod"),
    lambda s: s.client.cluster_profiles(s.scope),
    lambda s: s.client.cluster_profiles(TENANT),
    lambda s: s.client.cluster_profiles_in(s.scope, "project", "edge-base", "1.4.0"),
    lambda s: s.client.cluster_profiles_in(TENANT, "tenant", "edge-base", "1.4.0"),
    # hosts
    lambda s: s.client.register_host(s.scope, FULL_REGISTRATION),
    lambda s: s.client.register_host(s.scope, DesiredHostRegistration(HostUid("edge-9002"), "edge-9002", "amd64", {})),
    lambda s: s.client.get_host(s.scope, HostUid("edge-9001")),
    lambda s: s.client.get_host(s.scope, HostUid("not-there")),
    lambda s: s.client.update_host_meta(s.scope, HostUid("edge-9001"), name="store", labels={"site": "43"}),
    lambda s: s.client.update_host_meta(s.scope, HostUid("edge-9001"), name="store", labels={}),
    lambda s: s.client.set_host_tunnel(s.scope, HostUid("edge-9001"), remote_shell=True, temporary_user=True),
    lambda s: s.client.set_host_tunnel(s.scope, HostUid("edge-9001"), remote_shell=False),
    lambda s: s.client.set_host_pairing_key(s.scope, HostUid("edge-9001"), "another-key"),
    lambda s: s.client.create_registration_token("till", s.scope.project, EXPIRY),
    lambda s: s.client.registration_tokens(),
    lambda s: s.client.registration_token(s.token),
    lambda s: s.client.delete_registration_token(s.token),
    lambda s: s.client.delete_registration_token("not-there"),
    lambda s: s.client.reset_host(s.scope, HostUid("edge-9001")),
    lambda s: s.client.host_pages(s.scope),
    lambda s: s.client.host_pages(s.scope, latest_first=True),
    lambda s: s.client.host_pages(TENANT, names=["store", "edge-0001"]),
    lambda s: s.client.search_hosts(s.scope, ["edge-0001", "edge-0002"]),
    # clusters
    create,
    lambda s: s.client.create_edge_native_cluster(s.scope, {"metadata": {"name": "no-spec"}}),
    lambda s: s.client.cluster_pages(s.scope),
    lambda s: s.client.cluster_pages(s.scope, latest_first=True),
    lambda s: s.client.cluster_pages(TENANT, names=["store-1"]),
    lambda s: s.client.search_clusters(s.scope, ["store-1", "store-2"]),
    lambda s: s.client.get_cluster(s.scope, ClusterUid("not-there")),
    lambda s: s.api.palette.people.tell_of_cluster(s.cluster, "Warning", "NodeUnhealthy", "a node does not answer"),
    lambda s: s.client.cluster_events(s.scope, s.cluster, secrets=["hidden"]),
    lambda s: s.client.cluster_events(s.scope, ClusterUid("not-there")),
    lambda s: s.client.set_cluster_metadata(s.scope, s.cluster, name="store-1", labels={}),
    lambda s: s.client.set_cluster_metadata(
        s.scope, s.cluster, name="store-1", labels={"site": "43"}, annotations={"description": "Store 43"}
    ),
    lambda s: s.client.get_variables(s.scope, s.cluster),
    lambda s: s.client.patch_profiles(
        s.scope,
        s.cluster,
        [
            profile_entity(
                ProfileChange(s.profile("edge-base", "1.5.0"), ProfileUid(s.api.profile_uid("edge-base", "1.4.0")))
            )
        ],
    ),
    lambda s: s.wait(),
    lambda s: s.client.set_variables(
        s.scope,
        s.cluster,
        variables_body((s.profile("store-apps", "2.1.0", variables=builders.variables(storeId="43")),)),
    ),
    lambda s: s.wait(),
    lambda s: s.client.remove_profiles(s.scope, s.cluster, {ProfileUid(s.api.profile_uid("store-apps", "2.1.0"))}),
    # cloud config
    lambda s: s.client.get_edge_native_config(s.scope, s.config),
    lambda s: s.client.update_edge_native_config(s.scope, s.config, cloud_config_body(FULL_CLOUD)),
    lambda s: s.client.create_pool(
        s.scope, s.config, pool_body(builders.pool("extra", "edge-0004", control_plane=False))
    ),
    lambda s: s.wait(),
    lambda s: s.client.update_pool(s.scope, s.config, W, pool_body(WORKERS)),
    lambda s: s.client.get_machines(s.scope, s.config, W),
    lambda s: s.client.delete_machine(s.scope, s.config, W, s.machine(W)),
    lambda s: s.client.get_machines(s.scope, s.config, W),
    lambda s: s.client.delete_pool(s.scope, s.config, PoolName("extra")),
    # the end
    lambda s: s.api.palette.people.stick_cluster(s.cluster, stuck=True),
    lambda s: s.client.delete_cluster(s.scope, s.cluster),
    lambda s: s.client.delete_cluster(s.scope, s.cluster, force=True),
    lambda s: s.wait(),
    lambda s: s.client.delete_cluster(s.scope, s.cluster, force=True),
    lambda s: s.client.get_cluster(s.scope, s.cluster),
    lambda s: s.client.delete_host(s.scope, HostUid("edge-9001")),
)


@asynccontextmanager
async def client_on_stage(version: str, witness: Witness) -> AsyncIterator[Stage]:
    """Set the stage on a simulated Palette of one version; its time stands still."""
    settings = PaletteConfig.model_validate({"limits": "off", "version": version, "installed_version": version})
    async with serve_palette(settings, middlewares=[witness.middleware()]) as api:
        api.ready_hosts(4)
        api.ready_hosts(PAGE_SIZE, prefix="more")  # so that the listing of hosts has a second page
        transport = Transport(Endpoint(api.palette.endpoint), ApiKey(ADMIN_KEY), Limiter(_UNHURRIED))
        async with PaletteClient(transport) as client:
            scope = ProjectScope(ProjectUid(api.project_uid))
            user = api.palette.access.accounts.by_email("ops@example.com")
            # The cluster comes with the call that creates it.
            yield Stage(api, Recorder(client), scope, ClusterUid(""), CloudConfigUid(""), user.uid)


async def make_every_call(version: str, witness: Witness) -> Recorder:
    """Make all CALLS in order; tell what was given to which method."""
    async with client_on_stage(version, witness) as stage:
        for call in CALLS:
            await stage.run(call)
        await log_in(stage.api)
        return stage.client


async def log_in(api: PaletteApi) -> None:
    """Ask as a user: the first call logs in, a later one renews the token."""
    user = UserLogin("ops@example.com", "demo-password", organization="retail")
    clock = SessionClock(monotonic=api.time)
    async with Transport(Endpoint(api.palette.endpoint), user, Limiter(_UNHURRIED), clock=clock) as transport:
        client = PaletteClient(transport)
        await client.who_am_i()
        before = transport.session.headers()
        api.time.advance(700)
        await client.who_am_i()
        await eventually(lambda: transport.session.headers() != before, "the token is renewed", within_s=10)
        await client.who_am_i()
