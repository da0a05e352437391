"""Calls to the management cluster's API server, on `kubernetes.aio`."""

from __future__ import annotations

import base64
import binascii
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from kubernetes.aio import client
from kubernetes.aio.client.exceptions import ApiException

from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.leadership import Fence, always
from palette_operator.kube.connecting import connected
from palette_operator.kube.errors import Conflict, Expired, Vanished, mapped
from palette_operator.kube.objects import (
    CLUSTER_SCOPED,
    FIELD_MANAGER,
    GROUP,
    PLURALS,
    VERSION,
    Body,
    key_of,
    uid_of,
    version_of,
)

PayloadKind: TypeAlias = Literal["ConfigMap", "Secret"]

_MERGE_PATCH = "application/merge-patch+json"
_TIMEOUT_S = 15.0
_WRITE: dict[str, Any] = {"field_manager": FIELD_MANAGER, "_request_timeout": _TIMEOUT_S}
_PAGE = 500
_LISTINGS = 3
_WRITES = 3
_NOT_OURS = "SecretNotOurs"
_HASH_KEY_SECRET = "palette-operator-hash-key"  # noqa: S105 - the Secret's name


class KubeApi:
    """Our resources, Secrets and namespaces. Every call raises a ReconcileError on failure; all may be repeated."""

    def __init__(self, api: client.ApiClient) -> None:
        self._custom = client.CustomObjectsApi(api)
        self._core = client.CoreV1Api(api)
        self._networking = client.NetworkingV1Api(api)

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, may_write: Fence = always) -> AsyncIterator[KubeApi]:
        """Connect as kubectl would; raises Stalled where there is no cluster. Forbidden writes raise NotLeading."""
        async with connected(may_write) as api:
            yield cls(api)

    async def list_all(self, kind: str, namespaces: Sequence[str] = ()) -> list[Body]:
        """Return every resource of a kind, in pages; of the given namespaces, or of all."""
        scopes = [""] if kind in CLUSTER_SCOPED or not namespaces else list(namespaces)
        found: list[Body] = []
        for namespace in scopes:
            found += await self._list(kind, namespace)
        return found

    async def _list(self, kind: str, namespace: str) -> list[Body]:
        for _ in range(_LISTINGS - 1):
            with contextlib.suppress(Expired):  # etcd was compacted between two pages
                return await self._pages(kind, namespace)
        return await self._pages(kind, namespace)

    async def _pages(self, kind: str, namespace: str) -> list[Body]:
        found: list[Body] = []
        token: str | None = None
        while True:
            paging: dict[str, Any] = {"limit": _PAGE, **({"_continue": token} if token else {})}
            with mapped(f"listing {PLURALS[kind]}"):
                page = await self._page(kind, namespace, **paging)
            # Items of a list need not repeat what the list says of them.
            found += [{"apiVersion": f"{GROUP}/{VERSION}", "kind": kind} | item for item in page["items"]]
            token = page.get("metadata", {}).get("continue")
            if not token:
                return found

    async def _page(self, kind: str, namespace: str, **asked: Any) -> Body:  # noqa: ANN401 - parameters of a listing
        custom, plural, asked = self._custom, PLURALS[kind], {"_request_timeout": _TIMEOUT_S, **asked}
        page: Any = (
            await custom.list_namespaced_custom_object(GROUP, VERSION, namespace, plural, **asked)
            if namespace
            else await custom.list_cluster_custom_object(GROUP, VERSION, plural, **asked)
        )
        return dict(page)

    async def patch_status(self, seen: Body, status: Mapping[str, Any], *, fenced: bool = False) -> Body:
        """Merge into the status of a resource that was seen, whatever its version now, and return the new body.

        Raises Vanished when it has gone, even if another has its name by now. If `fenced`, raises Conflict when it
        changed since. Nothing is written then.
        """
        version = version_of(seen)
        for _ in range(0 if fenced else _WRITES - 1):
            with contextlib.suppress(Conflict):
                return await self._merge_status(seen, status, version)
            version = await self._version_now(seen)
        return await self._merge_status(seen, status, version)

    async def _merge_status(self, seen: Body, status: Mapping[str, Any], version: str) -> Body:
        # In a patch of a status an API server compares versions, and passes over uids. Seen on kube-apiserver 1.36.
        patch: Body = {"metadata": {"resourceVersion": version}, "status": dict(status)}
        return await self._patch(key_of(seen), patch, status=True)

    async def _version_now(self, seen: Body) -> str:
        """Return the version that a resource has now; raises Vanished when it is gone."""
        key = key_of(seen)
        with mapped(f"reading {key}"):
            # Listed, since that is what the operator may do.
            found = await self._page(key.kind, key.namespace, field_selector=f"metadata.name={key.name}")
        for body in found["items"]:
            if uid_of(body) == uid_of(seen):
                return version_of(body)
        raise Vanished("NotFound", f"reading {key}: it no longer exists", retry_after_s=1)

    async def set_finalizers(self, key: ObjectKey, finalizers: Sequence[str], *, resource_version: str) -> Body:
        """Replace the finalizers and return the new body; raises Conflict when the resource changed since."""
        body: Body = {"metadata": {"finalizers": list(finalizers), "resourceVersion": resource_version}}
        return await self._patch(key, body, status=False)

    async def _patch(self, key: ObjectKey, body: Body, *, status: bool) -> Body:
        scope = "cluster" if key.kind in CLUSTER_SCOPED else "namespaced"
        call = getattr(self._custom, f"patch_{scope}_custom_object{'_status' if status else ''}")
        where = (PLURALS[key.kind],) if key.kind in CLUSTER_SCOPED else (key.namespace, PLURALS[key.kind])
        with mapped(f"writing {'the status' if status else 'the finalizers'} of {key}"):
            patched: Body = await call(GROUP, VERSION, *where, key.name, body, _content_type=_MERGE_PATCH, **_WRITE)
        return patched

    async def read_secret(self, namespace: str, name: str) -> dict[str, str] | None:
        """Return a Secret's data as text, or None when there is no such Secret. Binary values are left out."""
        try:
            with mapped(f"reading Secret {namespace}/{name}"):
                secret = await self._core.read_namespaced_secret(name, namespace, _request_timeout=_TIMEOUT_S)
        except Vanished:
            return None
        return _texts(secret)

    async def read_bytes(self, kind: PayloadKind, namespace: str, name: str) -> dict[str, bytes] | None:
        """Return the data of a ConfigMap or Secret, binary values too; None when there is no such object."""
        read = self._core.read_namespaced_secret if kind == "Secret" else self._core.read_namespaced_config_map
        try:
            with mapped(f"reading {kind} {namespace}/{name}"):
                found: Any = await read(name, namespace, _request_timeout=_TIMEOUT_S)
        except Vanished:
            return None
        if kind == "Secret":
            return {key: base64.b64decode(value) for key, value in (found.data or {}).items()}
        texts = {key: text.encode() for key, text in (found.data or {}).items()}
        return texts | {key: base64.b64decode(value) for key, value in (found.binary_data or {}).items()}

    async def read_owned_secret(self, owner: Body, name: str, *, namespace: str = "") -> dict[str, str] | None:
        """Return the data of a resource's own Secret as text, None where there is none.

        It is in the resource's namespace; that of a cluster-scoped one is given. Raises Stalled when there is one that
        is not the resource's.
        """
        namespace = namespace or str(owner["metadata"]["namespace"])
        with mapped(f"reading Secret {namespace}/{name}"):
            found = await self._owned_secret(owner, namespace, name)
        return None if found is None else _texts(found)

    async def write_owned_secret(
        self, owner: Body, name: str, values: Mapping[str, str], *, namespace: str = ""
    ) -> None:
        """Create or replace a Secret that belongs to a resource, and goes when that does. May be repeated.

        Writes nothing when it says so already. Raises Stalled when there is one that is not the resource's.
        """
        namespace = namespace or str(owner["metadata"]["namespace"])
        metadata = client.V1ObjectMeta(name=name, namespace=namespace, owner_references=[_owner_reference(owner)])
        body = client.V1Secret(metadata=metadata, string_data=dict(values))
        with mapped(f"writing Secret {namespace}/{name}"):
            found = await self._owned_secret(owner, namespace, name)
            if found is None:
                await self._core.create_namespaced_secret(namespace, body, **_WRITE)
                return
            if _texts(found) == dict(values):
                return
            metadata.resource_version = found.metadata.resource_version if found.metadata else None
            await self._core.replace_namespaced_secret(name, namespace, body, **_WRITE)

    async def delete_owned_secret(self, owner: Body, name: str, *, namespace: str = "") -> None:
        """Delete a Secret that belongs to a resource; one that is gone, or is not its own, is left. May be repeated."""
        namespace = namespace or str(owner["metadata"]["namespace"])
        try:
            with mapped(f"deleting Secret {namespace}/{name}"):
                if await self._owned_secret(owner, namespace, name) is not None:
                    await self._core.delete_namespaced_secret(name, namespace, _request_timeout=_TIMEOUT_S)
        except Vanished:
            return
        except Stalled as error:
            if error.reason != _NOT_OURS:
                raise

    async def _owned_secret(self, owner: Body, namespace: str, name: str) -> client.V1Secret | None:
        """Return a resource's Secret, None where there is none; raises Stalled when it is not the resource's."""
        try:
            found = await self._core.read_namespaced_secret(name, namespace, _request_timeout=_TIMEOUT_S)
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        references = (found.metadata.owner_references if found.metadata else None) or ()
        if owner["metadata"]["uid"] not in {reference.uid for reference in references}:
            message = f"Secret {namespace}/{name} exists and is not ours: rename or delete it"
            raise Stalled(_NOT_OURS, message)
        return found

    async def create_event(self, namespace: str, event: client.CoreV1Event) -> None:
        """Create an event; raises Conflict when there is one of that name."""
        with mapped(f"posting an event in namespace {namespace}"):
            await self._core.create_namespaced_event(namespace, event, **_WRITE)

    async def count_event(self, namespace: str, name: str, count: int, last_at: datetime) -> None:
        """Say how often an event was seen, and when last; raises Vanished when it is no longer there."""
        patch = {"count": count, "lastTimestamp": last_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        with mapped(f"counting an event in namespace {namespace}"):
            await self._core.patch_namespaced_event(name, namespace, patch, _content_type=_MERGE_PATCH, **_WRITE)

    async def namespace_labels(self, name: str) -> dict[str, str]:
        """Return a namespace's labels; empty when it is gone."""
        try:
            with mapped(f"reading Namespace {name}"):
                namespace = await self._core.read_namespace(name, _request_timeout=_TIMEOUT_S)
        except Vanished:
            return {}
        return dict(namespace.metadata.labels or {}) if namespace.metadata else {}

    async def cluster_identity(self) -> str:
        """Return what tells this management cluster from any other: the uid of its kube-system namespace."""
        with mapped("reading Namespace kube-system"):
            namespace = await self._core.read_namespace("kube-system", _request_timeout=_TIMEOUT_S)
        return str(namespace.metadata.uid if namespace.metadata else "")

    async def service_ranges(self) -> tuple[str, ...]:
        """Return the ranges, in CIDR notation, that Services get their addresses from.

        Raises NotServed where the API server does not know them: it is older than 1.33.
        """
        with mapped("listing ServiceCIDRs"):
            ranges = await self._networking.list_service_cidr(_request_timeout=_TIMEOUT_S)
        return tuple(cidr for item in ranges.items if item.spec for cidr in item.spec.cidrs or ())

    async def hash_key(self, namespace: str) -> bytes:
        """Return the key for hashes of secret values, kept in a Secret that is made once.

        Without it, a status that holds a plain hash would let anybody who reads it guess short passwords. When the
        Secret is lost, variables are sent once more. Raises Stalled when it is there and holds no key.
        """
        while True:
            found = await self.read_secret(namespace, _HASH_KEY_SECRET)
            if found and found.get("key"):
                return found["key"].encode()
            if found is not None:
                secret = f"Secret {namespace}/{_HASH_KEY_SECRET}"
                raise Stalled("SecretNotFound", f"{secret} holds no text under 'key'; delete it, and it is made anew")
            body = client.V1Secret(
                metadata=client.V1ObjectMeta(name=_HASH_KEY_SECRET, namespace=namespace),
                string_data={"key": secrets.token_hex(32)},
            )
            try:
                with mapped(f"creating Secret {namespace}/{_HASH_KEY_SECRET}"):
                    await self._core.create_namespaced_secret(namespace, body, **_WRITE)
            except Conflict:
                continue  # another replica was faster; its key is the one


def _owner_reference(owner: Body) -> client.V1OwnerReference:
    return client.V1OwnerReference(
        api_version=owner["apiVersion"],
        kind=owner["kind"],
        name=owner["metadata"]["name"],
        uid=owner["metadata"]["uid"],
        controller=True,
    )


def _texts(secret: client.V1Secret) -> dict[str, str]:
    """Return a Secret's data; binary values are left out."""
    return {key: text for key, value in (secret.data or {}).items() if (text := _decoded(value)) is not None}


def _decoded(value: bytes | str) -> str | None:
    try:
        return base64.b64decode(value).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
