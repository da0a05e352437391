"""The profiles and variables of a cluster."""

from palette_sim.palette.bodies.clusters import ProfilesDelete, ProfilesUpdate, VariablesUpdate
from palette_sim.palette.call import NO_CONTENT, Call, Endpoint, Reply, ok
from palette_sim.palette.errors import Refused, not_found
from palette_sim.palette.views.clusters import attached_profile, cluster_variables
from palette_sim.palette.world import attachments, rollout, rules
from palette_sim.palette.world.records import AttachedProfile, Cluster


def show(call: Call) -> Reply:
    """List the attached profiles with their packs."""
    return ok({"profiles": [attached_profile(attached) for attached in call.cluster("cluster.get").profiles]})


def update(call: Call) -> Reply:
    """Add or update some profiles; never removes one that no entry replaces."""
    cluster, body = _settled(call), call.body(ProfilesUpdate)
    return _attach(call, cluster, body, list(cluster.profiles))


def replace(call: Call) -> Reply:
    """Replace the whole set of profiles; values of versions that stay are kept where none are given."""
    cluster, body = _settled(call), call.body(ProfilesUpdate)
    kept = {profile.uid for profile in body.profiles} | {profile.replace_with_profile for profile in body.profiles}
    return _attach(call, cluster, body, [known for known in cluster.profiles if known.version.uid in kept])


def remove(call: Call) -> Reply:
    """Detach the profiles named in the body; the infrastructure profile cannot be."""
    cluster, body = _settled(call), call.body(ProfilesDelete)
    uids = set(body.profile_uids or [])
    attached = {known.version.uid: known for known in cluster.profiles}
    for uid in sorted(uids):
        if uid not in attached:
            raise not_found("cluster profile", uid)
        if attached[uid].version.is_infra:
            raise Refused("InfraProfileInvalid", "The infrastructure profile cannot be removed.")
    cluster.profiles = [known for known in cluster.profiles if known.version.uid not in uids]
    rollout.begin_rollout(call.world, cluster, rollout.NOW, call.now_s)
    return NO_CONTENT


def show_variables(call: Call) -> Reply:
    """List the variables of each profile; sensitive values come masked."""
    cluster = call.cluster("cluster.get")
    return ok([cluster_variables(attached) for attached in cluster.profiles if attached.version.variables])


def set_variables(call: Call) -> Reply:
    """Set variables of attached profiles, all or none; refused until the last profile change is resolved."""
    cluster, updates = _settled(call), call.body_list(VariablesUpdate)
    if call.world.config.variables_wait_for_spc and not cluster.spc_apply.can_be_applied:
        raise Refused("ClusterSpcApplyPending", "A change of profiles is not resolved yet; try again later.")
    changed = {known.version.uid: known for known in cluster.profiles}
    for update in updates:
        known = changed.get(update.profile_uid)
        if known is None:
            raise not_found("cluster profile", update.profile_uid)
        copy = AttachedProfile(known.version, known.pack_values, dict(known.variables))
        values = {variable.name: variable.value or "" for variable in update.variables or []}
        attachments.set_variables(copy, values, fixed=True)
        attachments.require_variables(copy)
        changed[update.profile_uid] = copy
    cluster.profiles = list(changed.values())
    rollout.begin_rollout(call.world, cluster, rollout.NOW, call.now_s)
    return NO_CONTENT


def _settled(call: Call) -> Cluster:
    cluster = call.cluster("cluster.update")
    rules.require_settled(cluster)
    return cluster


def _attach(call: Call, cluster: Cluster, body: ProfilesUpdate, base: list[AttachedProfile]) -> Reply:
    merged = attachments.merge_profiles(call.world, cluster.project_uid, base, body.profiles)
    if not any(attached.version.is_infra for attached in merged):
        raise Refused("InfraProfileInvalid", "The infrastructure profile cannot be removed.")
    cluster.profiles = merged
    action = (body.spc_apply_settings and body.spc_apply_settings.action_type) or rollout.NOW
    rollout.begin_rollout(call.world, cluster, action, call.now_s)
    return NO_CONTENT


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/v1/spectroclusters/{uid}/profiles"): show,
    ("PATCH", "/v1/spectroclusters/{uid}/profiles"): update,
    ("PUT", "/v1/spectroclusters/{uid}/profiles"): replace,
    ("DELETE", "/v1/spectroclusters/{uid}/profiles"): remove,
    ("GET", "/v1/spectroclusters/{uid}/variables"): show_variables,
    ("PATCH", "/v1/spectroclusters/{uid}/variables"): set_variables,
}
