"""Everything that a cluster can ask for, drawn at random: names mean nothing, combinations do."""

from hypothesis import strategies as st

from palette_operator.domain.desired import (
    DesiredCluster,
    DesiredEdgeNative,
    DesiredHost,
    DesiredHostRegistration,
    DesiredManifest,
    DesiredPack,
    DesiredPool,
    DesiredProfile,
    DesiredVariable,
)
from palette_operator.domain.identifiers import HostUid, PoolName, ProfileUid
from palette_operator.domain.observed import Taint, UpdateStrategy

WORDS = st.text("abc-", min_size=1, max_size=6)
TEXTS = st.just("") | WORDS
HOSTS = st.builds(
    DesiredHost,
    uid=WORDS.map(HostUid),
    name=TEXTS,
    nic_name=TEXTS,
    ip=TEXTS,
    subnet=TEXTS,
    gateway=TEXTS,
    dns=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    mac=TEXTS,
    two_node_priority=st.sampled_from(["", "primary", "secondary"]),
)
STRATEGIES = st.just(UpdateStrategy()) | st.just(UpdateStrategy("OverrideScaling", "1", "25%"))
POOLS = st.builds(
    DesiredPool,
    name=WORDS.map(PoolName),
    control_plane=st.booleans(),
    control_plane_as_worker=st.booleans(),
    hosts=st.lists(HOSTS, min_size=1, max_size=3, unique_by=lambda each: each.uid).map(tuple),
    labels=st.dictionaries(WORDS, TEXTS, max_size=2),
    taints=st.lists(
        st.builds(Taint, WORDS, TEXTS, st.sampled_from(["NoSchedule", "NoExecute"])), max_size=2, unique=True
    ).map(tuple),
    arch=st.sampled_from(["", "amd64", "arm64"]),
    update_strategy=STRATEGIES,
    node_repave_interval_s=st.sampled_from([0, 600]),
    skip_kubernetes_upgrade=st.booleans(),
)
PACKS = st.builds(
    DesiredPack,
    name=WORDS,
    type=st.sampled_from(["spectro", "helm", "manifest", "oci"]),
    tag=TEXTS,
    values=TEXTS,
    manifests=st.lists(st.builds(DesiredManifest, WORDS, TEXTS), max_size=2, unique_by=lambda each: each.name).map(
        tuple
    ),
)
PROFILES = st.builds(
    DesiredProfile,
    uid=WORDS.map(ProfileUid),
    name=WORDS,
    version=WORDS,
    variables=st.lists(st.builds(DesiredVariable, WORDS, TEXTS), max_size=2, unique_by=lambda each: each.name).map(
        tuple
    ),
    packs=st.lists(PACKS, max_size=2, unique_by=lambda each: each.name).map(tuple),
)
CLOUDS = st.builds(
    DesiredEdgeNative,
    endpoint_type=st.sampled_from(["VIP", "External", "DDNS", "IP"]),
    endpoint_host=TEXTS,
    ddns_search_domain=TEXTS,
    overlay_cidr=st.sampled_from(["", "100.64.0.0/18"]),
    ntp_servers=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    ssh_keys=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    static_ip=st.booleans(),
    two_node=st.booleans(),
)
CLUSTERS = st.builds(
    DesiredCluster,
    name=WORDS,
    description=TEXTS,
    labels=st.dictionaries(WORDS, WORDS, max_size=2),
    profiles=st.lists(PROFILES, max_size=2, unique_by=lambda each: each.name).map(tuple),
    cloud=CLOUDS,
    pools=st.lists(POOLS, min_size=1, max_size=2, unique_by=lambda each: each.name).map(tuple),
)
SWITCHES = st.none() | st.booleans()
REGISTRATIONS = st.builds(
    DesiredHostRegistration,
    uid=WORDS.map(HostUid),
    name=WORDS,
    arch=st.sampled_from(["amd64", "arm64"]),
    labels=st.dictionaries(WORDS, WORDS, max_size=2),
    remote_shell=SWITCHES,
    remote_shell_temporary_user=SWITCHES,
    pairing_key=TEXTS,
)
