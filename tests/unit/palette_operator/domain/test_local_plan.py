"""Which writes bring a cluster on air-gapped hosts into agreement: decisions as sentences."""

from dataclasses import dataclass, field, replace

import pytest

from palette_operator.domain.actions import (
    ApplyDefinition,
    Await,
    ClusterAction,
    CreateCluster,
    CreatePool,
    DeleteMachine,
    DeletePool,
    LinkHost,
    SetClusterMetadata,
    SetVariables,
    UpdateCloudConfig,
    UpdatePool,
)
from palette_operator.domain.desired import DesiredCluster, DesiredEdgeNative
from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import HostUid, PoolName
from palette_operator.domain.local_plan import leader_of, plan_local_cluster
from palette_operator.domain.observed import ObservedCluster
from palette_operator.domain.plan import Memory
from support.builders import (
    UID,
    cluster,
    config,
    fingerprints,
    machine,
    machines,
    memory,
    observed,
    pool,
    profile,
    variables,
)
from support.rows import cluster_row

ARCHIVE = "/opt/definitions/store-1.tgz"
NEWER = "/opt/definitions/store-2.tgz"


def local(**fields: object) -> DesiredCluster:
    return cluster(**{"definition": ARCHIVE, **fields})


def there(made: DesiredCluster | None = None, **fields: object) -> ObservedCluster:
    """Return a running local cluster that was read whole, made as `made`."""
    made = made or local()
    return observed(made, config=config(made, definition=made.definition), **fields)


LOCAL = local()
WITH_WORKER = local(pools=(pool("control", "h1"), pool("worker", "w1")))
TWO_WORKERS = local(pools=(pool("control", "h1"), pool("worker", "w1", "w2")))
WITH_VARIABLES = local(profiles=(profile(variables=variables(site="42")),))
OTHER_NTP = local(cloud=replace(LOCAL.cloud, ntp_servers=("ntp.example.com",)))
LABELLED = local(labels={"site": "42"})
LINKED = ("h1", "w1", "w2")


@dataclass(frozen=True)
class Case:
    wanted: DesiredCluster
    seen: ObservedCluster | None
    actions: list[type[ClusterAction]]
    says: str = ""
    """The first action in words."""
    memory: Memory = field(default_factory=lambda: memory(LOCAL))
    linked: tuple[str, ...] = LINKED
    ignore: frozenset[str] = frozenset()


CASES = {
    "nothing is written when all agrees": Case(LOCAL, there(), []),
    "a cluster that is not there is created": Case(LOCAL, None, [CreateCluster]),
    "hosts that the leader does not know are linked before the cluster is created": Case(
        TWO_WORKERS,
        None,
        [LinkHost, LinkHost, Await],
        says="link edge host w1 to its leader h1",
        linked=("h1",),
    ),
    "the leader needs no link to itself": Case(LOCAL, None, [CreateCluster], linked=()),
    "a host is linked before it joins": Case(
        TWO_WORKERS, there(WITH_WORKER), [LinkHost, Await], memory=memory(WITH_WORKER), linked=("h1", "w1")
    ),
    "a linked host joins its pool": Case(TWO_WORKERS, there(WITH_WORKER), [UpdatePool], memory=memory(WITH_WORKER)),
    "a pool is added": Case(WITH_WORKER, there(LOCAL), [CreatePool]),
    "a host leaves once its node is known": Case(
        WITH_WORKER,
        there(TWO_WORKERS, machines=machines(worker=(machine("w1"), machine("w2")))),
        [DeleteMachine],
        says="remove the machine of edge host w2 from pool worker",
        memory=memory(TWO_WORKERS),
    ),
    "the nodes of a pool that we added leave before it is deleted": Case(
        LOCAL,
        there(WITH_WORKER, machines=machines(worker=(machine("w1"),))),
        [DeleteMachine],
        memory=memory(WITH_WORKER),
    ),
    "a pool without nodes is deleted": Case(
        LOCAL, there(WITH_WORKER, machines=machines(worker=())), [DeletePool], memory=memory(WITH_WORKER)
    ),
    "a pool that somebody else added stays": Case(LOCAL, there(WITH_WORKER), []),
    "time servers are set": Case(OTHER_NTP, there(), [UpdateCloudConfig], says="update ntpServers"),
    "time servers that are ignored stay as they are": Case(
        OTHER_NTP, there(), [], ignore=frozenset({"/spec/cloud/edgeLocal/ntpServers"}), memory=memory(OTHER_NTP)
    ),
    "another definition is applied": Case(
        local(definition=NEWER), there(), [ApplyDefinition], says=f"apply the cluster definition {NEWER}"
    ),
    "a definition that the spec leaves open is left alone": Case(
        local(definition=""), there(), [], memory=memory(local(definition=""))
    ),
    "a definition waits for the pools": Case(
        local(definition=NEWER, pools=WITH_WORKER.pools), there(), [CreatePool, Await]
    ),
    "variables are sent when they changed": Case(
        WITH_VARIABLES, there(), [SetVariables], says="set variables of edge-base"
    ),
    "variables that were sent are not sent again": Case(
        WITH_VARIABLES, there(WITH_VARIABLES), [], memory=memory(WITH_VARIABLES)
    ),
    "variables wait for the pools": Case(
        replace(WITH_VARIABLES, pools=WITH_WORKER.pools), there(), [CreatePool, Await]
    ),
    "a new definition brings its variables along": Case(
        replace(WITH_VARIABLES, definition=NEWER), there(), [ApplyDefinition]
    ),
    "tags are set": Case(LABELLED, there(), [SetClusterMetadata], says="set tags site"),
    "a cluster that comes up is left alone": Case(
        OTHER_NTP,
        there(row=cluster_row(UID, state="Provisioning")),
        [Await],
        says="the cluster is Provisioning; then: update ntpServers",
    ),
    "what was not read is not taken to agree": Case(
        OTHER_NTP,
        observed(OTHER_NTP, config=None),
        [Await],
        says="the cluster is Running; the spec is compared with it once it was read whole",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_plan(case: Case) -> None:
    planned = plan_local_cluster(
        case.wanted,
        case.seen,
        case.memory,
        fingerprints(case.wanted),
        ignore=case.ignore,
        linked=[HostUid(uid) for uid in case.linked],
    )

    assert [type(action) for action in planned] == case.actions
    assert not case.says or str(planned[0]) == case.says


UNCHANGEABLE = {
    "another address": (
        local(cloud=DesiredEdgeNative(endpoint_type="VIP", endpoint_host="10.4.2.99")),
        (
            "spec.cloud.edgeLocal.controlPlaneEndpoint.host is 10.4.2.99, and the cluster was created with 10.4.2.10: "
            "put that into the spec, or create a new cluster"
        ),
    ),
    "a control plane of another name": (
        local(pools=(pool("master", "h1", control_plane=True),)),
        (
            "pool 'control' is the cluster's control plane and cannot be removed or renamed; name it in "
            "spec.machinePools again"
        ),
    ),
}


@pytest.mark.parametrize("case", UNCHANGEABLE.values(), ids=UNCHANGEABLE)
def test_what_no_cluster_can_take_is_for_a_person(case: tuple[DesiredCluster, str]) -> None:
    wanted, message = case

    with pytest.raises(Stalled) as caught:
        plan_local_cluster(wanted, there(), memory(LOCAL), fingerprints(wanted), linked=[HostUid("h1")])

    assert (caught.value.reason, caught.value.message) == ("ImmutableFieldChanged", message)


def test_the_leader_is_the_first_host_of_the_control_plane() -> None:
    wanted = local(pools=(pool("worker", "w1"), pool("control", "h2", "h1")))

    assert leader_of(wanted) == "h2"
    assert wanted.pools[0].name == PoolName("worker")
