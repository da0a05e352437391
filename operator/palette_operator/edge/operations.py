"""Every operation of the Edge Management API that the operator uses, and which of them a connected host refuses.

Plain data. The page of operations in the reference is generated from it, and the contract tests hold it against the
published specification.
"""

from __future__ import annotations

from dataclasses import dataclass

from palette_operator.http.operation import Effect, filled_path


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, by method and path as the Edge Management OpenAPI writes them."""

    method: str
    template: str
    """Path with `{placeholders}`."""
    purpose: str
    """What the operator uses it for, for people."""
    effect: Effect
    airgap_only: bool = False
    """Never sent to a host that is connected to Palette. Source: Palette docs, "List of Endpoints Unavailable to
    Connected Edge Hosts"."""

    def path(self, *names: str) -> str:
        """Fill the placeholders, in order; raises ValueError for names that are not the operation's."""
        return filled_path(self.template, names)


def _read(template: str, purpose: str) -> Operation:
    return Operation("GET", template, purpose, Effect.READ)


def _set(method: str, template: str, purpose: str, *, airgap_only: bool = False) -> Operation:
    return Operation(method, template, purpose, Effect.SET, airgap_only)


def _once(method: str, template: str, purpose: str, *, airgap_only: bool = False) -> Operation:
    return Operation(method, template, purpose, Effect.ONCE, airgap_only)


_CLUSTER = "/v1/edge-mgmt/cluster"
_NAMED_CLUSTER = _CLUSTER + "/{clusterName}"
_ARCHIVE = "/v1/edge-mgmt/clusters/archive"
_POOLS = "/v1/edge-mgmt/clusters/current/machinepools"
_POOL = _POOLS + "/{poolName}"
_HOST = "/v1/edge-mgmt/edgehosts/current"
_ACTIONS = _HOST + "/actions"

LOG_IN = Operation("POST", "/v1/users/default/login", "log in for a token", Effect.READ)
RENEW_TOKEN = Operation("POST", "/v1/users/default/token/renewal", "renew a token before it ends", Effect.READ)
LOG_OUT = _set("POST", "/v1/users/default/logout", "end a session that is not needed any more")

GET_HOST = _read(_HOST, "tell the host's facts; prove that it is the host that answers")
GET_SETTINGS = _read("/v1/edge-mgmt/settings", "tell whether the host is connected to Palette")
GET_CONFIGURATION = _read(_HOST + "/configurations", "compare proxies and authorities")
SET_CONFIGURATION = _set("PUT", _HOST + "/configurations", "set proxies and authorities")
GET_CONFIGURATION_STATUS = _read(_HOST + "/configurations/status", "follow a configuration")
SET_USER_DATA = _set("PUT", _HOST + "/userdata", "set user data")
REBOOT = _once("POST", _ACTIONS + "/reboot", "reboot on request")
RESET = _once("POST", _ACTIONS + "/reset", "reset on request")
SHUT_DOWN = _once("POST", _ACTIONS + "/shutdown", "shut down on request")
UPLOAD_CONTENT = _once("POST", _ACTIONS + "/upload-content", "bring content onto the host")
UPLOAD_CLUSTER_CONFIG = _once("POST", _ACTIONS + "/upload-clusterconfig", "bring a cluster definition onto the host")
GET_UPLOADED_CONTENT = _read(_HOST + "/uploaded-content/details", "tell what was uploaded last")
LINK = _once("POST", _HOST + "/link", "link the host with another")
CREATE_LINK_TOKEN = _once("POST", _HOST + "/link/generate-token", "let another host be linked")
GET_LINK_STATUS = _read(_HOST + "/link/status", "tell which hosts it is linked with")
UNLINK = _once("POST", _HOST + "/unlink", "end a link")
PING = _read("/v1/edge-mgmt/edgehosts/connectivity/ping", "find out what the host can reach")
TRACE_ROUTE = _read("/v1/edge-mgmt/edgehosts/connectivity/traceroute", "find out where its packets end")

GET_CLUSTER = _read(_CLUSTER + "/details", "follow the cluster; fetch its kubeconfig")
GET_CLUSTER_CONFIG = _read(_CLUSTER, "compare the cluster's settings")
CREATE_CLUSTER = _once("POST", _CLUSTER, "create a cluster", airgap_only=True)
UPDATE_CLUSTER = _set("PUT", _NAMED_CLUSTER, "update the cluster", airgap_only=True)
UPDATE_CLUSTER_UNNAMED = _set("PUT", _CLUSTER, "update the cluster of an older host", airgap_only=True)
PATCH_CLUSTER = _once("PATCH", _NAMED_CLUSTER, "change parts of the cluster", airgap_only=True)
PATCH_CLUSTER_UNNAMED = _set("PATCH", _CLUSTER, "change the cluster of an older host", airgap_only=True)
DELETE_CLUSTER = _set("DELETE", _CLUSTER, "delete the cluster, when asked to in so many words")
UPDATE_PROFILES = _set("PUT", _CLUSTER + "/profiles", "update profiles from an archive", airgap_only=True)
UPDATE_SETTINGS = _set("PUT", _CLUSTER + "/settings", "set NTP servers and SSH keys", airgap_only=True)
VALIDATE_VARIABLES = Operation(
    "POST", _CLUSTER + "/profiles/variables/validate", "ask before variables are set", Effect.READ, airgap_only=True
)
GET_CERTIFICATES = _read(_CLUSTER + "/certificates", "tell when certificates expire")
RENEW_CERTIFICATES = _once("POST", _CLUSTER + "/renew-certificates", "renew certificates on request")
GET_CONTENTS = _read(_CLUSTER + "/registry/content/details", "list what content the host has")
GET_REGISTRY_HEALTH = _read(_CLUSTER + "/registry/health", "tell how the host's registry fares")
GET_CONTENT_SYNC = _read(_CLUSTER + "/registry/content/sync-status/details", "follow content into the registry")

GET_EMBEDDED_ARCHIVE = _read(_ARCHIVE + "/embedded/details", "read the cluster definition that came with the image")
GET_OVERRIDDEN_ARCHIVE = _read(_ARCHIVE + "/overridden/details", "read the cluster definition that was uploaded")
GET_UPDATE_ARCHIVE = _read(_ARCHIVE + "/update/details", "read the cluster definition to update to")

LIST_POOLS = _read(_POOLS, "compare pools")
CREATE_POOL = _once("POST", _POOLS, "add a pool")
UPDATE_POOL = _set("PUT", _POOL, "set a pool's hosts and settings")
DELETE_POOL = _set("DELETE", _POOL, "delete a pool")
DELETE_NODE = _set("DELETE", _POOL + "/nodes/{nodeName}", "take a node out of a pool")
LIST_NODES = _read("/v1/edge-mgmt/clusters/current/nodes", "tell which node runs on which host")


def every_operation() -> tuple[Operation, ...]:
    """Return all operations, in the order of this file."""
    return tuple(value for value in globals().values() if isinstance(value, Operation))
