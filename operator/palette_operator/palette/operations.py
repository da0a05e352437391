"""Every operation of Palette's API that the operator uses: where it goes, in whose scope, and what it does there.

Plain data. The page of operations in the reference is generated from it, the limiter's budget is chosen by it, and the
contract tests hold it against Palette's published specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from palette_operator.http.operation import Effect, filled_path


class Within(Enum):
    """The scope of an operation. Source: Palette docs, "Scope"."""

    PROJECT = "project"
    """Always with ProjectUid: without it Palette would silently widen the call to the tenant."""
    TENANT = "tenant"
    """Never with ProjectUid."""
    EITHER = "tenant or project"
    """Says something else in each."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, by method and path as Palette's OpenAPI writes them."""

    method: str
    template: str
    """Path with `{placeholders}`."""
    purpose: str
    """What the operator uses it for, for people."""
    effect: Effect
    within: Within = Within.PROJECT

    def path(self, *names: str) -> str:
        """Fill the placeholders, in order, with `names`, escaped.

        Raises ValueError when there are too few or too many, or one that would lead to another path.
        """
        return filled_path(self.template, names)


def _read(method: str, template: str, purpose: str, within: Within = Within.PROJECT) -> Operation:
    return Operation(method, template, purpose, Effect.READ, within)


def _set(method: str, template: str, purpose: str) -> Operation:
    return Operation(method, template, purpose, Effect.SET)


def _once(method: str, template: str, purpose: str) -> Operation:
    return Operation(method, template, purpose, Effect.ONCE)


CLUSTER = "/v1/spectroclusters/{uid}"
EDGE_NATIVE_CONFIG = "/v1/cloudconfigs/edge-native/{configUid}"
EDGE_NATIVE_POOL = EDGE_NATIVE_CONFIG + "/machinePools/{machinePoolName}"
EDGE_HOST = "/v1/edgehosts/{uid}"

AUTHENTICATE = _read("POST", "/v1/auth/authenticate", "log a user in for a token", Within.TENANT)
REFRESH_TOKEN = _read("GET", "/v1/auth/refresh/{token}", "renew a token before it ends", Within.TENANT)
WHO_AM_I = _read("GET", "/v1/users/info", "prove the credential, and tell whose it is", Within.TENANT)
GET_USER = _read("GET", "/v1/users/{uid}", "tell the e-mail address of the credential's user", Within.TENANT)
LIST_API_KEYS = _read("GET", "/v1/apiKeys", "tell when the API key expires", Within.TENANT)
LIST_SIGN_INS = _read("GET", "/v1/auth/sso/providers", "see without a credential who answers", Within.TENANT)
INSTALLED_VERSION = _read("GET", "/v1/system/version/installed", "tell the server's version", Within.TENANT)
LIST_TENANT_ROLES = _read("GET", "/v1/users/{uid}/roles", "tell what the credential's user may do", Within.TENANT)
LIST_PROJECT_ROLES = _read("GET", "/v1/users/{uid}/projects", "tell what the user may do in a project", Within.TENANT)
GET_ROLE = _read("GET", "/v1/roles/{uid}", "tell what a role permits", Within.TENANT)
LIST_PROJECTS = _read("GET", "/v1/dashboard/projects/metadata", "find a project by its name", Within.TENANT)
LIST_PROFILES = _read(
    "GET", "/v1/dashboard/clusterprofiles/metadata", "find cluster profiles by name and version", Within.EITHER
)
SEARCH_PROFILES = _read(
    "POST", "/v1/dashboard/clusterprofiles", "find a cluster profile by the scope it belongs to", Within.EITHER
)

SEARCH_CLUSTERS = _read(
    "POST", "/v1/dashboard/spectroclusters/search", "list the fleet; look for a name before creating", Within.EITHER
)
GET_CLUSTER = _read("GET", CLUSTER, "read what the listing does not carry; prove that a cluster is gone")
CREATE_EDGE_NATIVE_CLUSTER = _once("POST", "/v1/spectroclusters/edge-native", "create a cluster")
VALIDATE_EDGE_NATIVE_CLUSTER = _read("POST", "/v1/spectroclusters/edge-native/validate", "ask before creating")
SET_CLUSTER_METADATA = _set("PATCH", CLUSTER + "/metadata", "set tags, ownership mark and description")
PATCH_CLUSTER_PROFILES = _once("PATCH", CLUSTER + "/profiles", "attach, replace or re-send profiles")
REMOVE_CLUSTER_PROFILES = _set("DELETE", CLUSTER + "/profiles", "detach profiles")
GET_CLUSTER_VARIABLES = _read("GET", CLUSTER + "/variables", "compare profile variables")
SET_CLUSTER_VARIABLES = _set("PATCH", CLUSTER + "/variables", "set profile variables")
DELETE_CLUSTER = _set("DELETE", CLUSTER, "delete a cluster, when asked to in so many words")

GET_EDGE_NATIVE_CONFIG = _read("GET", EDGE_NATIVE_CONFIG, "compare settings and pools")
UPDATE_EDGE_NATIVE_CONFIG = _set("PUT", EDGE_NATIVE_CONFIG + "/clusterConfig", "set NTP servers and SSH keys")
CREATE_EDGE_NATIVE_POOL = _once("POST", EDGE_NATIVE_CONFIG + "/machinePools", "add a pool")
UPDATE_EDGE_NATIVE_POOL = _set("PUT", EDGE_NATIVE_POOL, "set a pool's hosts and settings")
DELETE_EDGE_NATIVE_POOL = _set("DELETE", EDGE_NATIVE_POOL, "delete a pool")
LIST_EDGE_NATIVE_MACHINES = _read("GET", EDGE_NATIVE_POOL + "/machines", "follow hosts that join and leave a pool")
DELETE_EDGE_NATIVE_MACHINE = _set(
    "DELETE", EDGE_NATIVE_POOL + "/machines/{machineUid}", "take a host out of a pool that keeps others"
)

LIST_EVENTS = _read(
    "GET", "/v1/events/components/{objectKind}/{objectUid}", "pass on what Palette tells of a cluster that is not well"
)

SEARCH_EDGE_HOSTS = _read("POST", "/v1/dashboard/edgehosts/search", "list the fleet; look for a device", Within.EITHER)
GET_EDGE_HOST = _read("GET", EDGE_HOST, "look before registering; prove that a host is gone")
REGISTER_EDGE_HOST = _once("POST", "/v1/edgehosts", "register a device before it makes contact")
SET_EDGE_HOST_METADATA = _set("PUT", EDGE_HOST + "/meta", "set name, tags and ownership mark")
SET_EDGE_HOST_TUNNEL = _set("PATCH", EDGE_HOST + "/tunnelConfig", "switch the remote shell")
SET_EDGE_HOST_PAIRING_KEY = _set("PATCH", EDGE_HOST + "/hostPairingKey", "set the key by which a device pairs")
RESET_EDGE_HOST = _once("PUT", EDGE_HOST + "/reset", "reset a device that no cluster uses, when asked to by annotation")
DELETE_EDGE_HOST = _set("DELETE", EDGE_HOST, "delete a registration, when asked to in so many words")


EDGE_TOKEN = "/v1/edgehosts/tokens/{uid}"  # noqa: S105 - a path
LIST_EDGE_TOKENS = _read("GET", "/v1/edgehosts/tokens", "find the registration tokens of ours", Within.TENANT)
GET_EDGE_TOKEN = _read("GET", EDGE_TOKEN, "read a registration token of ours", Within.TENANT)
CREATE_EDGE_TOKEN = Operation(
    "POST", "/v1/edgehosts/tokens", "create a registration token, or its successor", Effect.ONCE, Within.TENANT
)
DELETE_EDGE_TOKEN = Operation(
    "DELETE", EDGE_TOKEN, "delete a registration token of ours that has expired, or is to go", Effect.SET, Within.TENANT
)


def every_operation() -> tuple[Operation, ...]:
    """Return all operations, in the order of this file."""
    return tuple(value for value in globals().values() if isinstance(value, Operation))
