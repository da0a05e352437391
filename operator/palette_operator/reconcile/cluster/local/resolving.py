"""Finding what a local cluster refers to: its hosts, the definition on its leader, Secrets of variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from palette_operator.domain.desired import DesiredCluster
from palette_operator.domain.fingerprint import fingerprint
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.local import LocalVariable
from palette_operator.domain.local_definition import (
    check_verdicts,
    find_archive,
    remembered_archive,
    resolve_definition,
)
from palette_operator.domain.marks import labels_from_tags
from palette_operator.domain.observed import AttachedProfile, ClusterDetail, ObservedCluster
from palette_operator.domain.plan import Fingerprints
from palette_operator.domain.resources import PaletteCluster
from palette_operator.edge.client import EdgeClient
from palette_operator.reconcile import waking
from palette_operator.reconcile.cluster.local.members import Member, Members
from palette_operator.reconcile.cluster.local.readings import Reading, read_archives
from palette_operator.reconcile.cluster.references import Resolved, desired_cloud, host_topics
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.variables import variable_secrets


@dataclass(frozen=True, slots=True)
class LocalResolved(Resolved):
    """A local cluster with every reference resolved, and hashes of it."""

    members: Mapping[HostUid, Member]
    clients: Members

    def client_of(self, uid: HostUid) -> EdgeClient:
        """Return the client of one of its hosts; raises Waiting while there is none."""
        return self.clients.client(self.members[uid])

    def described(self, seen: ObservedCluster) -> ClusterDetail | None:
        """Return what was read of the cluster, with the profiles of its definition though the host shows them no more.

        Once applied, an archive may not be shown; what it holds was resolved from what is remembered.
        """
        detail = seen.detail
        is_applied = seen.config is not None and seen.config.definition == self.cluster.definition
        if detail is None or detail.profiles or not is_applied:
            return detail
        return replace(
            detail, profiles=tuple(AttachedProfile(p.uid, p.name, p.version, "") for p in self.cluster.profiles)
        )


class LocalReferences:
    """Resolves references; raises Waiting for the first that is not there, whose arrival wakes the cluster."""

    def __init__(self, context: Context, members: Members) -> None:
        self._context = context
        self._members = members

    @staticmethod
    def topics(key: ObjectKey, resource: PaletteCluster) -> list[waking.Topic]:
        """Return what the cluster depends on: its hosts, or all of its namespace where it does not name them."""
        topics = host_topics(key, resource)
        if any(host.uid for pool in resource.spec.machine_pools for host in pool.edge_hosts):
            topics.append(waking.edge_hosts_in(key.namespace))
        return topics

    async def resolve(
        self, key: ObjectKey, resource: PaletteCluster, leader: Member, client: EdgeClient, reading: Reading
    ) -> LocalResolved:
        """Return the cluster as it should be. Claims its hosts, so that no other cluster chooses them."""
        secrets = await variable_secrets(self._context.secrets, resource)
        cloud = resource.spec.cloud.edge_local
        assert cloud is not None  # noqa: S101 - the router looked
        runs_on = reading.config.archive_path if reading.config else ""
        wanted = cloud.definition.archive_path or runs_on
        remembered = remembered_archive(resource.status.definition_path, resource.status.profiles)
        archives = reading.archives
        if archives.at(wanted) is None and not reading.is_fresh:
            archives = await read_archives(client)  # one may have been uploaded since
        archive = find_archive(wanted, archives, remembered, leader=leader.key.name)
        profiles = resolve_definition(resource.spec.profiles, archive, secrets)
        pools, members = self._members.pools(key, resource)
        cluster = DesiredCluster(
            name=resource.palette_name,
            description="",
            labels=labels_from_tags(resource.spec.tags) | self._context.identity.mark(key),
            profiles=profiles,
            cloud=desired_cloud(cloud),
            pools=pools,
            definition=archive.path,
        )
        hash_key = self._context.hash_key
        return LocalResolved(
            replace(cluster, pools=self._members.located(pools, members)),
            Fingerprints(
                variables=fingerprint(hash_key, [(p.name, p.variables) for p in profiles]),
                # Where the hosts are is no part of what was asked for.
                spec=fingerprint(hash_key, cluster),
            ),
            members,
            self._members,
        )

    @staticmethod
    async def check_variables(leader: Member, client: EdgeClient, resolved: LocalResolved) -> None:
        """Let the leader judge the variables; raises Stalled, with names and reasons, for those that it refuses."""
        verdicts = await client.validate_variables(resolved.cluster.definition, _given(resolved.cluster))
        check_verdicts(verdicts, leader=leader.key.name)


def _given(cluster: DesiredCluster) -> list[LocalVariable]:
    return [
        LocalVariable(each.name, profile.uid, each.value) for profile in cluster.profiles for each in profile.variables
    ]
