"""A bare client of a Kubernetes API server: what a person does with YAML, apart from the operator's own client."""

from __future__ import annotations

import base64
import copy
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

Body = dict[str, Any]

GROUP = "palette.spectrocloud.com"
_PATHS = {
    "Namespace": "/api/v1/namespaces",
    "Secret": "/api/v1/namespaces/{namespace}/secrets",
    "ConfigMap": "/api/v1/namespaces/{namespace}/configmaps",
    "Event": "/api/v1/namespaces/{namespace}/events",
    "ServiceAccount": "/api/v1/namespaces/{namespace}/serviceaccounts",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "Lease": "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases",
    "PaletteConnection": f"/apis/{GROUP}/v1alpha1/paletteconnections",
    "EdgeHost": f"/apis/{GROUP}/v1alpha1/namespaces/{{namespace}}/edgehosts",
    "PaletteCluster": f"/apis/{GROUP}/v1alpha1/namespaces/{{namespace}}/paletteclusters",
}
_MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
_APPLY_PATCH = {"Content-Type": "application/apply-patch+yaml"}


class Refused(AssertionError):
    """The API server refused a request; `message` is what it said."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class Kubernetes:
    """One API server, as the administrator whom its kubeconfig names."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._client = httpx.AsyncClient(
            base_url=cluster["server"],
            headers={"Authorization": f"Bearer {user['token']}"},
            verify=ssl.create_default_context(cadata=authority),
            timeout=60,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(self, kind: str, name: str, namespace: str = "") -> Body | None:
        """Return an object, or None when there is none."""
        try:
            return await self._call("GET", _path(kind, namespace, name))
        except Refused as refused:
            if refused.status == httpx.codes.NOT_FOUND:
                return None
            raise

    async def list(self, kind: str, namespace: str = "") -> list[Body]:
        """Return all objects of a kind, in one namespace when the kind has any."""
        listed = await self._call("GET", _path(kind, namespace))
        return list(listed["items"])

    async def create(self, manifest: Mapping[str, Any]) -> Body:
        """Create an object, with unknown fields refused; raises Refused."""
        return await self._call(
            "POST", _path(manifest["kind"], _namespace(manifest)), json=manifest, params={"fieldValidation": "Strict"}
        )

    async def apply(self, manifest: Mapping[str, Any]) -> Body:
        """Create an object, or make its spec, labels and annotations those of the manifest; raises Refused.

        A replacement, so that a field that left the manifest leaves the object on every API server.
        """
        kind, name, namespace = manifest["kind"], manifest["metadata"]["name"], _namespace(manifest)
        while True:
            found = await self.get(kind, name, namespace)
            try:
                if found is None:
                    return await self.create(manifest)
                return await self._call(
                    "PUT",
                    _path(kind, namespace, name),
                    json=_replacement(manifest, found),
                    params={"fieldValidation": "Strict"},
                )
            except Refused as refused:
                if refused.status != httpx.codes.CONFLICT:
                    raise

    async def patch(self, kind: str, name: str, patch: Mapping[str, Any], namespace: str = "") -> Body:
        """Merge into an object; raises Refused."""
        return await self._call("PATCH", _path(kind, namespace, name), json=patch, headers=_MERGE_PATCH)

    async def apply_as(self, manager: str, manifest: Mapping[str, Any], *, dry_run: bool = False) -> Body:
        """Apply an object server-side, with force, as GitOps tools do; return what becomes of it. Raises Refused."""
        path = _path(manifest["kind"], _namespace(manifest), manifest["metadata"]["name"])
        parameters = {"fieldManager": manager, "force": "true", "fieldValidation": "Strict"}
        if dry_run:
            parameters["dryRun"] = "All"
        return await self._call("PATCH", path, json=dict(manifest), params=parameters, headers=_APPLY_PATCH)

    async def delete(self, kind: str, name: str, namespace: str = "") -> None:
        """Ask for an object to go; it may be gone already."""
        try:
            await self._call("DELETE", _path(kind, namespace, name))
        except Refused as refused:
            if refused.status != httpx.codes.NOT_FOUND:
                raise

    async def token_of(self, service_account: str, namespace: str) -> str:
        """Return a token of a ServiceAccount that is good for a day."""
        path = f"{_path('ServiceAccount', namespace, service_account)}/token"
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": 24 * 60 * 60},
        }
        return str((await self._call("POST", path, json=body))["status"]["token"])

    async def may(self, user: str, asked: Mapping[str, str]) -> bool:
        """Whether a user may what is asked, in the fields of `ResourceAttributes`."""
        spec = {"user": user, "resourceAttributes": dict(asked)}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        reply = await self._call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", json=body)
        return bool(reply["status"]["allowed"])

    async def answers(self) -> bool:
        """Whether the API server is there, and calls itself ready."""
        try:
            return (await self._client.get("/readyz")).is_success
        except httpx.TransportError:
            return False

    async def raw(self, method: str, path: str, **given: Any) -> Body:  # noqa: ANN401 - as httpx takes them
        """Send any request, such as the embedded server's admin requests."""
        return await self._call(method, path, **given)

    async def _call(self, method: str, path: str, **given: Any) -> Body:  # noqa: ANN401 - as httpx takes them
        reply = await self._client.request(method, path, **given)
        if reply.is_error:
            body = reply.json() if "json" in reply.headers.get("content-type", "") else {}
            raise Refused(reply.status_code, str(body.get("message", reply.text)))
        answered: Body = reply.json() if reply.content else {}
        return answered


def _path(kind: str, namespace: str, name: str = "") -> str:
    path = _PATHS[kind].format(namespace=namespace)
    return f"{path}/{name}" if name else path


def _namespace(manifest: Mapping[str, Any]) -> str:
    return str(manifest["metadata"].get("namespace", ""))


def _replacement(manifest: Mapping[str, Any], found: Body) -> Body:
    body = copy.deepcopy({**dict(manifest), "metadata": dict(found["metadata"])})
    for part in ("labels", "annotations"):
        body["metadata"].pop(part, None)
        if part in manifest["metadata"]:
            body["metadata"][part] = manifest["metadata"][part]
    if "status" in found:
        body["status"] = found["status"]
    return body


def condition(body: Body | None, type_: str) -> Body:
    """Return a condition of an object, or an empty one when it has none of this type."""
    conditions = ((body or {}).get("status") or {}).get("conditions") or ()
    return next((dict(entry) for entry in conditions if entry["type"] == type_), {})


def secret_values(secret: Body | None) -> dict[str, str]:
    """Return what a Secret holds, as text; nothing when there is none."""
    return {key: base64.b64decode(value).decode() for key, value in ((secret or {}).get("data") or {}).items()}


def is_current(body: Body) -> bool:
    """Whether the status is about the present spec."""
    observed = (body.get("status") or {}).get("observedGeneration")
    return bool(observed == body["metadata"].get("generation"))
