"""Everything that the simulated Palette knows, with the time in which it lives."""

import hashlib
from itertools import count

from palette_sim.common.agenda import Agenda
from palette_sim.common.clock import Clock
from palette_sim.palette.config import PaletteConfig
from palette_sim.palette.errors import not_found
from palette_sim.palette.paging import Lists
from palette_sim.palette.seed import ProfileSeed, Seed, VersionSeed
from palette_sim.palette.views.rows import SearchRow, cluster_row, host_row
from palette_sim.palette.world.heartbeats import Heartbeats
from palette_sim.palette.world.lagging import LaggingIndex
from palette_sim.palette.world.records import Cluster, EdgeHost, EdgeToken, Labels, Profile, ProfileVersion, Project

_UID_LENGTH = 24


class World:
    """The records by uid, the two search indexes, the agenda and the clock.

    Whoever changes a record calls `touch_host` or `touch_cluster` afterwards: that moves `lastModifiedTimestamp` and
    lets the searches see it, in their time.
    """

    def __init__(self, config: PaletteConfig, seed: Seed, clock: Clock) -> None:
        self.config = config
        self.clock = clock
        self.agenda = Agenda()
        self.heartbeats = Heartbeats(config.durations.heartbeat_s, config.bumps)
        self.search_lag_s = config.search_lag_s
        self.lists = Lists(config.random_seed)
        self.tenant_name = seed.tenant
        self.tenant_uid = self._derive_uid(f"tenant/{seed.tenant}")
        self.projects: dict[str, Project] = {}
        self.profiles: list[Profile] = []
        self.profile_versions: dict[str, ProfileVersion] = {}
        self.hosts: dict[str, EdgeHost] = {}
        self.edge_tokens: dict[str, EdgeToken] = {}
        self.clusters: dict[str, Cluster] = {}
        self.cluster_uid_by_cloud_config: dict[str, str] = {}
        self.host_index: LaggingIndex[SearchRow] = LaggingIndex()
        self.cluster_index: LaggingIndex[SearchRow] = LaggingIndex()
        self._minted = count(1)
        self._plant(seed)

    def settle(self) -> float:
        """Let everything happen that is due; returns the simulated time."""
        now_s = self.clock.now_s()
        self.agenda.run_until(now_s)
        return now_s

    def mint_uid(self) -> str:
        """Make a new uid; the same random seed gives the same sequence."""
        return self._derive_uid(f"{self.config.random_seed}/{next(self._minted)}")

    def project_named(self, name: str) -> Project:
        """Find a project by name; raises ApiError 404."""
        for project in self.projects.values():
            if project.name == name:
                return project
        raise not_found("project", name)

    def publish_version(self, profile: Profile, version: VersionSeed, at_s: float) -> ProfileVersion:
        """Add a version to a profile; it is found at once."""
        published = ProfileVersion(
            uid=version.uid or self._derive_uid(f"profile/{profile.project_uid}/{profile.name}/{version.version}"),
            profile=profile,
            version=version.version,
            packs=version.packs,
            variables=version.variables,
            created_s=at_s,
        )
        profile.versions.append(published)
        self.profile_versions[published.uid] = published
        return published

    def add_profile(self, seed: ProfileSeed, at_s: float) -> Profile:
        """Add a profile with all its versions."""
        project_uid = self.project_named(seed.project).uid if seed.project else ""
        profile = Profile(seed.name, seed.type, seed.cloud_type, project_uid, dict(seed.labels))
        self.profiles.append(profile)
        for version in seed.versions:
            self.publish_version(profile, version, at_s)
        return profile

    def touch_host(self, host: EdgeHost, at_s: float) -> None:
        """Note that a host changed."""
        host.modified_s = at_s
        cluster = self.clusters.get(host.cluster_uid)
        row = host_row(host, self.projects[host.project_uid], cluster)
        self.host_index.record(host.uid, at_s, row)

    def drop_host(self, host: EdgeHost, at_s: float) -> None:
        """Forget a host."""
        del self.hosts[host.uid]
        self.host_index.record(host.uid, at_s, None)

    def touch_cluster(self, cluster: Cluster, at_s: float) -> None:
        """Note that a cluster changed."""
        cluster.modified_s = at_s
        row = cluster_row(cluster, self.projects[cluster.project_uid], self.hosts)
        self.cluster_index.record(cluster.uid, at_s, row)

    def drop_cluster(self, cluster: Cluster, at_s: float) -> None:
        """Forget a cluster."""
        del self.clusters[cluster.uid]
        del self.cluster_uid_by_cloud_config[cluster.cloud_config_uid]
        self.cluster_index.record(cluster.uid, at_s, None)

    def last_modified_s(self, uid: str, modified_s: float, beating_since_s: float | None, at_s: float) -> float:
        """Tell `lastModifiedTimestamp`: the last change, or the last heartbeat that counts as one."""
        if beating_since_s is None:
            return modified_s
        return max(modified_s, self.heartbeats.last_bump_s(uid, beating_since_s, at_s))

    def _derive_uid(self, name: str) -> str:
        return hashlib.sha256(name.encode()).hexdigest()[:_UID_LENGTH]

    def _plant(self, seed: Seed) -> None:
        now_s = self.clock.now_s()
        for project in seed.projects:
            uid = project.uid or self._derive_uid(f"project/{project.name}")
            self.projects[uid] = Project(uid, project.name, now_s)
        for profile in seed.profiles:
            self.add_profile(profile, now_s)
        for planted in seed.hosts:
            host = EdgeHost(
                uid=planted.uid,
                name=planted.name or planted.uid,
                project_uid=self.project_named(planted.project).uid,
                arch=planted.arch,
                labels=Labels(planted.labels),
                created_s=now_s,
                modified_s=now_s,
                paired_s=now_s if planted.state == "ready" else None,
            )
            self.hosts[host.uid] = host
            self.touch_host(host, now_s)
