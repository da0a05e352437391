"""What a person who looks for a fault asks of the API server, and the operator itself never does.

Reads alone. An access review is a POST by Kubernetes' design, and leaves nothing behind.
"""

from __future__ import annotations

from typing import Any

from kubernetes.aio import client

from palette_operator.kube.errors import NotServed, Vanished, mapped
from palette_operator.kube.objects import Body

_TIMEOUT_S = 15.0
_CRDS = ("apiextensions.k8s.io", "v1", "customresourcedefinitions")
_LEASES = ("coordination.k8s.io", "v1")
_REVIEWS = ("authorization.k8s.io", "v1", "selfsubjectaccessreviews")


class Inspection:
    """Looks at the API server and at what surrounds the operator. Every call raises a ReconcileError on failure."""

    def __init__(self, api: client.ApiClient, *, impersonate: str = "") -> None:
        """`impersonate` names the user for whom access is reviewed, as `kubectl --as` does; "" for the caller."""
        self.server: str = api.configuration.host
        self._version = client.VersionApi(api)
        self._custom = client.CustomObjectsApi(api)
        self._impersonation = {"Impersonate-User": impersonate} if impersonate else {}

    async def version(self) -> str:
        """Return the version of Kubernetes, such as v1.36.0."""
        with mapped("asking the API server for its version"):
            found = await self._version.get_code(_request_timeout=_TIMEOUT_S)
        return str(found.git_version)

    async def definition(self, name: str) -> Body | None:
        """Return a CustomResourceDefinition as the server holds it; None when there is none."""
        try:
            with mapped(f"reading CustomResourceDefinition {name}"):
                found: Any = await self._custom.get_cluster_custom_object(*_CRDS, name, _request_timeout=_TIMEOUT_S)
        except Vanished:
            return None
        return dict(found)

    async def may(self, verb: str, group: str, resource: str, namespace: str = "", name: str = "") -> bool:
        """Whether the verb is allowed on a resource (`plural` or `plural/subresource`).

        "" stands for every namespace, and for every name.
        """
        plural, _, subresource = resource.partition("/")
        asked = {
            "verb": verb,
            "group": group,
            "resource": plural,
            "subresource": subresource,
            "namespace": namespace,
            "name": name,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {key: value for key, value in asked.items() if value}},
        }
        with mapped("asking what is allowed"):
            review: Any = await self._custom.create_cluster_custom_object(
                *_REVIEWS, body, _request_timeout=_TIMEOUT_S, _headers=self._impersonation
            )
        return bool((review.get("status") or {}).get("allowed"))

    async def leases(self, namespace: str) -> list[Body]:
        """Return the Leases of a namespace."""
        with mapped(f"listing the Leases of {namespace}"):
            found: Any = await self._custom.list_namespaced_custom_object(
                *_LEASES, namespace, "leases", _request_timeout=_TIMEOUT_S
            )
        return list(found["items"])

    async def deployments(self, namespace: str) -> list[Body]:
        """Return the Deployments of a namespace; none where the API server knows no such kind."""
        try:
            with mapped(f"listing the Deployments of {namespace}"):
                found: Any = await self._custom.list_namespaced_custom_object(
                    "apps", "v1", namespace, "deployments", _request_timeout=_TIMEOUT_S
                )
        except NotServed:
            return []
        return list(found["items"])
