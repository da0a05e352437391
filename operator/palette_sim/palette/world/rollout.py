"""How changed profiles and variables reach a cluster: resolved, handed to the agent, installed, ready.

Source: Palette OpenAPI 4.9, v1SpcApply and v1ClusterPackStatus. The order of steps is observed, their time is ours.
"""

import hashlib
from collections.abc import Callable

from palette_sim.palette.world.records import AttachedProfile, Cluster, PackStatus, SpcApply
from palette_sim.palette.world.world import World

NOW = "DownloadAndInstall"
LATER = "DownloadAndInstallLater"
ADD_ONS_DONE = "AddOnDeploymentDone"

RolloutStep = Callable[[World, Cluster, float], None]


def wanted_packs(cluster: Cluster, at_s: float) -> list[PackStatus]:
    """List the status that each pack of each attached profile begins with."""
    return [
        PackStatus(
            name=pack.name,
            profile_uid=attached.version.uid,
            type=pack.type,
            version=pack.version,
            digest=_digest(attached, pack.name),
            condition="WaitingForOtherLayers",
            since_s=at_s,
        )
        for attached in cluster.profiles
        for pack in attached.version.packs
    ]


def begin_rollout(world: World, cluster: Cluster, action_type: str, at_s: float) -> None:
    """Start to bring the attached profiles onto the cluster; a rollout that is under way is overtaken."""
    cluster.rollout += 1
    cluster.spc_apply = SpcApply(action_type, modified_s=at_s, applied_s=cluster.spc_apply.applied_s)
    world.touch_cluster(cluster, at_s)
    if action_type != LATER:
        _plan(world, cluster, at_s + world.config.durations.resolving_s, _hand_over)


def release_rollout(world: World, cluster: Cluster, at_s: float) -> None:
    """Let a rollout go on that was held back by DownloadAndInstallLater."""
    if not cluster.spc_apply.can_be_applied:
        _hand_over(world, cluster, at_s)


def _plan(world: World, cluster: Cluster, due_s: float, step: RolloutStep) -> None:
    rollout = cluster.rollout

    def run(at_s: float) -> None:
        if cluster.rollout == rollout and not cluster.is_going:
            step(world, cluster, at_s)

    world.agenda.plan(due_s, run)


def _hand_over(world: World, cluster: Cluster, at_s: float) -> None:
    cluster.spc_apply.can_be_applied = True
    cluster.spc_apply.modified_s = at_s
    have = {_key(status) for status in cluster.packs}
    coming = [status for status in wanted_packs(cluster, at_s) if _key(status) not in have]
    for status in coming:
        status.condition = "ReadyForInstall"
    cluster.packs += coming
    if coming:
        cluster.set_condition(ADD_ONS_DONE, "False", "Packs are being deployed.", at_s)
    world.touch_cluster(cluster, at_s)
    half_s = world.config.durations.applying_s / 2
    _plan(world, cluster, at_s + half_s, _install)
    _plan(world, cluster, at_s + 2 * half_s, _finish)


def _install(world: World, cluster: Cluster, at_s: float) -> None:
    have = {_key(status): status for status in cluster.packs}
    packs = [have.get(_key(status), status) for status in wanted_packs(cluster, at_s)]
    for status in packs:
        if status.condition != "Ready":
            status.condition = "Installed"
    cluster.packs = packs
    world.touch_cluster(cluster, at_s)


def _finish(world: World, cluster: Cluster, at_s: float) -> None:
    mark_ready(cluster, at_s)
    cluster.spc_apply.applied_s = at_s
    cluster.set_condition(ADD_ONS_DONE, "True", "", at_s)
    world.touch_cluster(cluster, at_s)


def mark_ready(cluster: Cluster, at_s: float, *, profile_types: tuple[str, ...] = ()) -> None:
    """Make packs Ready: those of profiles of the given types, or all."""
    uids = {a.version.uid for a in cluster.profiles if not profile_types or a.version.profile.type in profile_types}
    for status in cluster.packs:
        if status.profile_uid in uids and status.condition != "Ready":
            status.condition, status.ended_s = "Ready", at_s


def _key(status: PackStatus) -> tuple[str, str, str]:
    return status.profile_uid, status.name, status.digest


def _digest(attached: AttachedProfile, pack_name: str) -> str:
    pack = next(pack for pack in attached.version.packs if pack.name == pack_name)
    values = attached.pack_values.get(pack_name, pack.values)
    variables = sorted((variable.name, attached.value_of(variable)) for variable in attached.version.variables)
    return hashlib.sha256(repr((pack.version, values, variables)).encode()).hexdigest()
