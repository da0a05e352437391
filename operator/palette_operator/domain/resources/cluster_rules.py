"""What must hold between the fields of a PaletteCluster's spec, for the models and for the API server alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from palette_operator.domain.resources.base import Rule
from palette_operator.domain.resources.edge_native import EdgeCloud
from palette_operator.domain.resources.pools import MachinePool

if TYPE_CHECKING:  # the spec itself is defined with these rules
    from palette_operator.domain.resources.cluster import ClusterSpec

_HAS_POOLS = "has(self.machinePools)"
_IS_LOCAL = "has(self.cloud.edgeLocal)"


def _control_planes(spec: ClusterSpec) -> list[MachinePool]:
    return [pool for pool in spec.machine_pools if pool.control_plane]


def _one_control_plane(spec: ClusterSpec) -> bool:
    pools_may_lack = spec.mode == "Observe" and not spec.machine_pools and spec.cloud.edge_local is None
    return len(_control_planes(spec)) == 1 or pools_may_lack


def _hosts_named_once(spec: ClusterSpec) -> bool:
    named_hosts = [(host.name, host.uid) for pool in spec.machine_pools for host in pool.edge_hosts]
    return len(named_hosts) == len(set(named_hosts))


def _edge_rules(cloud: str, attribute: str) -> Iterator[Rule]:
    """Yield what a cluster on edge hosts needs of its pools."""

    def edge(spec: ClusterSpec) -> EdgeCloud | None:
        found: EdgeCloud | None = getattr(spec.cloud, attribute)
        return found

    def two_hosts_where_two_node(spec: ClusterSpec) -> bool:
        given = edge(spec)
        two = 2
        return given is None or not given.two_node or all(pool.host_count == two for pool in _control_planes(spec))

    def addresses_where_static(spec: ClusterSpec) -> bool:
        given = edge(spec)
        hosts = [host for pool in spec.machine_pools for host in pool.edge_hosts]
        return given is None or not given.static_ip or all(host.nic is None or host.nic.ip for host in hosts)

    absent = f"!has(self.cloud.{cloud})"
    yield Rule(
        f"cloud.{cloud}.twoNode needs a control-plane pool of exactly two hosts",
        holds=two_hosts_where_two_node,
        cel=f"{absent} || !self.cloud.{cloud}.twoNode || !{_HAS_POOLS} || self.machinePools.all(pool,"
        " !has(pool.controlPlane) || !pool.controlPlane"
        " || (has(pool.edgeHosts) ? pool.edgeHosts.size() == 2"
        " : has(pool.edgeHostSelector) && pool.edgeHostSelector.count == 2))",
        at="machinePools",
    )
    yield Rule(
        f"cloud.{cloud}.staticIP needs an ip in each nic of edgeHosts",
        holds=addresses_where_static,
        cel=f"{absent} || !self.cloud.{cloud}.staticIP || !{_HAS_POOLS} || self.machinePools.all(pool,"
        " !has(pool.edgeHosts) || pool.edgeHosts.all(host, !has(host.nic)"
        " || (has(host.nic.ip) && host.nic.ip != '')))",
        at="machinePools",
    )


POOL_RULES = (
    Rule(
        "exactly one pool must have controlPlane: true",
        holds=_one_control_plane,
        cel=f"{_HAS_POOLS} && self.machinePools.size() > 0"
        " ? self.machinePools.filter(pool, has(pool.controlPlane) && pool.controlPlane).size() == 1"
        f" : self.mode == 'Observe' && !{_IS_LOCAL}",
        at="machinePools",
    ),
    *_edge_rules("edgeNative", "edge_native"),
    *_edge_rules("edgeLocal", "edge_local"),
    Rule(
        "an edge host can be in one pool only, once",
        holds=_hosts_named_once,
        cel=None,  # comparing every host with every other exceeds the cost that a server grants
        at="machinePools",
    ),
)


def _has_nothing_of_palette(spec: ClusterSpec) -> bool:
    palettes = (spec.project, spec.description, spec.adoption.uid, spec.deletion.force_after_minutes)
    return spec.cloud.edge_local is None or not any(palettes)


def _profiles_are_of_definition(spec: ClusterSpec) -> bool:
    return spec.cloud.edge_local is None or not any(p.uid or p.scope or p.packs for p in spec.profiles)


def _strategies_are_known_to_hosts(spec: ClusterSpec) -> bool:
    strategies = [pool.update_strategy for pool in spec.machine_pools if pool.update_strategy]
    return spec.cloud.edge_local is None or all(each.type != "OverrideScaling" for each in strategies)


def _unset(field: str, value: str = "''") -> str:
    return f"(!has(self.{field}) || self.{field} == {value})"


LOCAL_RULES = (
    Rule(
        "set connectionRef, or cloud.edgeLocal, which goes through none",
        holds=lambda spec: (spec.connection_ref is None) == (spec.cloud.edge_local is not None),
        cel=f"has(self.connectionRef) != {_IS_LOCAL}",
    ),
    Rule(
        "project, description, adoption.uid and deletion.forceAfterMinutes do not go with cloud.edgeLocal",
        holds=_has_nothing_of_palette,
        cel=f"!{_IS_LOCAL} || ({_unset('project')} && {_unset('description')}"
        f" && (!has(self.adoption) || {_unset('adoption.uid')})"
        f" && (!has(self.deletion) || {_unset('deletion.forceAfterMinutes', '0')}))",
    ),
    Rule(
        "with cloud.edgeLocal a profile has name, version and variables alone: the rest is in the definition",
        holds=_profiles_are_of_definition,
        cel=f"!{_IS_LOCAL} || !has(self.profiles) || self.profiles.all(profile,"
        " !has(profile.uid) && !has(profile.scope) && !has(profile.packs))",
        at="profiles",
    ),
    Rule(
        "updateStrategy OverrideScaling does not go with cloud.edgeLocal",
        holds=_strategies_are_known_to_hosts,
        cel=f"!{_IS_LOCAL} || !{_HAS_POOLS} || self.machinePools.all(pool, !has(pool.updateStrategy)"
        " || !has(pool.updateStrategy.type) || pool.updateStrategy.type != 'OverrideScaling')",
        at="machinePools",
    ),
    Rule(
        "kubeconfig.kind Admin goes with cloud.edgeLocal alone",
        holds=lambda spec: spec.kubeconfig.kind == "None" or spec.cloud.edge_local is not None,
        cel=f"{_IS_LOCAL} || !has(self.kubeconfig) || {_unset('kubeconfig.kind', chr(39) + 'None' + chr(39))}",
        at="kubeconfig",
    ),
)
