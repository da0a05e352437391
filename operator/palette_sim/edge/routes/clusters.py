"""`/v1/edge-mgmt/cluster`: the host's cluster."""

import jsonpatch
from jsonpointer import JsonPointerException

from palette_sim.common.jsonvalue import Json
from palette_sim.edge.bodies.clusters import (
    ClusterConfiguration,
    ClusterPatches,
    ClusterSettings,
    Patch,
    ProfilesUpdate,
    VariablesQuestion,
)
from palette_sim.edge.call import Call, Empty, Endpoint, Reply, accepted
from palette_sim.edge.seed import Generation
from palette_sim.edge.views.clusters import certificates, cluster_configuration, cluster_details
from palette_sim.edge.world import cluster_life
from palette_sim.edge.world.records import Cluster
from palette_sim.edge.world.variables import given_values, judge
from palette_sim.edge.world.world import broken

CLUSTER = "/v1/edge-mgmt/cluster"
"""Where there is no cluster to change, 500 is what the specification declares; to read, 404."""


def show(call: Call) -> Reply:
    """v1ClusterConfiguration."""
    return Reply(200, cluster_configuration(call.cluster()))


def show_details(call: Call) -> Reply:
    """v1Cluster; where there is none an empty 404."""
    if call.host.cluster is None:
        raise Empty(404)
    return Reply(200, cluster_details(call.world, call.host.cluster, call.now_s))


def create(call: Call) -> Reply:
    """Create a cluster."""
    cluster_life.create_cluster(call.world, call.host, call.body(ClusterConfiguration))
    return accepted("The cluster is being created.")


def replace(call: Call) -> Reply:
    """Make the cluster what the configuration says."""
    wanted = call.body(ClusterConfiguration)
    cluster = _named(call)
    cluster_life.replace_cluster(call.world, cluster, call.host, wanted)
    return accepted("The cluster is being updated.")


def patch(call: Call) -> Reply:
    """Change the cluster's configuration in places, by JSON pointers."""
    wanted = call.body(ClusterPatches)
    cluster = _named(call)
    changed = patched(cluster_configuration(cluster), wanted.cluster_config_patches or [])
    cluster_life.replace_cluster(call.world, cluster, call.host, ClusterConfiguration.model_validate(changed))
    return accepted("The cluster is being updated.")


def delete(call: Call) -> Reply:
    """Delete the cluster."""
    cluster_life.delete_cluster(call.world, _existing(call))
    return accepted("The cluster is being deleted.")


def update_profiles(call: Call) -> Reply:
    """Take the profiles from another archive."""
    wanted = call.body(ProfilesUpdate)
    path = (wanted.spec and wanted.spec.archive_upload_path) or ""
    if not path:
        raise broken("ArchiveNotFound", "spec.archiveUploadPath in body is required")
    cluster_life.update_profiles(call.world, _existing(call), call.host, path)
    return accepted("The cluster profiles are being updated.")


def update_settings(call: Call) -> Reply:
    """Set NTP servers and SSH keys."""
    cluster_life.update_settings(call.world, _existing(call), call.body(ClusterSettings))
    return accepted("The cluster settings are being updated.")


def validate_variables(call: Call) -> Reply:
    """v1ValidateVariablesResponse: a verdict on every variable of the archive."""
    question = call.body(VariablesQuestion)
    archive = call.host.archive_at(question.archive_upload_path or "")
    if archive is None:
        raise broken("ArchiveNotFound", "There is no cluster definition at that archiveUploadPath.")
    verdicts: list[Json] = [
        {
            "name": verdict.name,
            "profileName": verdict.profile_name,
            "profileUid": verdict.profile_uid,
            "regex": verdict.regex,
            "isValid": not verdict.reason,
            "validationFailureReason": verdict.reason,
        }
        for verdict in judge(archive.profiles, given_values(question.variables or []))
    ]
    return Reply(200, {"variables": verdicts})


def show_certificates(call: Call) -> Reply:
    """v1CertificateDetails."""
    return Reply(200, certificates(call.world, call.cluster(), call.now_s))


def renew_certificates(call: Call) -> Reply:
    """Issue the cluster's certificates anew."""
    _existing(call).certificates_s = call.now_s
    return accepted("The cluster certificates are being renewed.", 201)


def patched(document: Json, patches: list[Patch]) -> Json:
    """Apply patches to a document; raises ApiError 500 for a place that there is not."""
    operations = [{"op": each.op, "path": each.path, "value": each.value} for each in patches]
    try:
        result: Json = jsonpatch.apply_patch(document, operations)
    except (jsonpatch.JsonPatchException, JsonPointerException):
        raise broken("InvalidPatch", "A patch names a path that there is not.") from None
    return result


def _existing(call: Call) -> Cluster:
    if call.host.cluster is None:
        raise broken("ClusterNotFound", "There is no cluster on this host.")
    return call.host.cluster


def _named(call: Call) -> Cluster:
    cluster = _existing(call)
    if call.params.get("clusterName", cluster.name) != cluster.name:
        raise broken("ClusterNotFound", f"The cluster '{call.params['clusterName']}' is not found.")
    return cluster


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", CLUSTER): show,
    ("POST", CLUSTER): create,
    ("PUT", CLUSTER): replace,
    ("PATCH", CLUSTER): replace,
    ("DELETE", CLUSTER): delete,
    ("GET", f"{CLUSTER}/details"): show_details,
    ("PUT", f"{CLUSTER}/profiles"): update_profiles,
    ("PUT", f"{CLUSTER}/settings"): update_settings,
    ("POST", f"{CLUSTER}/profiles/variables/validate"): validate_variables,
    ("GET", f"{CLUSTER}/certificates"): show_certificates,
    ("POST", f"{CLUSTER}/renew-certificates"): renew_certificates,
    ("PUT", f"{CLUSTER}/{{clusterName}}"): replace,
    ("PATCH", f"{CLUSTER}/{{clusterName}}"): patch,
}
ONLY = {
    ("PUT", CLUSTER): Generation.OLD,
    ("PUT", f"{CLUSTER}/{{clusterName}}"): Generation.NEW,
    ("PATCH", f"{CLUSTER}/{{clusterName}}"): Generation.NEW,
}
"""What one generation alone has."""
AIRGAP_ONLY = frozenset(
    {
        ("POST", CLUSTER),
        ("PUT", CLUSTER),
        ("PATCH", CLUSTER),
        ("PUT", f"{CLUSTER}/{{clusterName}}"),
        ("PATCH", f"{CLUSTER}/{{clusterName}}"),
        ("PUT", f"{CLUSTER}/profiles"),
        ("PUT", f"{CLUSTER}/settings"),
        ("POST", f"{CLUSTER}/profiles/variables/validate"),
    }
)
"""What a host that is connected to Palette does not offer, in both spellings.

Source: Palette docs, "List of Endpoints Unavailable to Connected Edge Hosts".
"""
