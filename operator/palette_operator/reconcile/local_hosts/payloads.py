"""What is brought onto a host: read from where `spec.local.uploads` says it is, and sent to the host that it is for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial

import yaml

from palette_operator.domain.actions import UploadToHost
from palette_operator.domain.errors import Stalled, Unavailable, Waiting
from palette_operator.domain.resources import ConfigMapKeyRef, Local, LocalUpload, SecretKeyRef, UploadUrl
from palette_operator.edge.client import EdgeClient, Upload
from palette_operator.edge.download import Download, RemoteFile
from palette_operator.kube.api import KubeApi
from palette_operator.kube.payloads import read_payload
from palette_operator.kube.secrets import Secrets
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.local_hosts.access import read_access

MOST_BYTES = 64 * 2**30
"""No file is larger: the largest content bundles hold some tens of gigabytes."""
_SHORTEST_SECRET = 6
_WORD_ENDS = re.compile(r"[\s\"',:=]+")


@dataclass(frozen=True, slots=True)
class Payload:
    """A file and its signature, as far as they are at hand: what a URL names is not fetched."""

    sha256: str
    content: bytes = field(default=b"", repr=False)
    signature: bytes = field(default=b"", repr=False)

    @property
    def digests(self) -> tuple[str, str]:
        """What tells it from any other."""
        return self.sha256, hashlib.sha256(self.signature).hexdigest()


async def read_upload(api: KubeApi, namespace: str, upload: LocalUpload) -> Payload:
    """Read ConfigMap or Secret; raises Waiting when they, or their keys, are not there."""
    signed = upload.signature
    signature_ref = (signed.secret_key_ref or signed.config_map_key_ref) if signed else None
    signature = await read_payload(api, namespace, signature_ref) if signature_ref else b""
    if upload.url is not None:
        return Payload(upload.url.sha256.lower(), signature=signature)
    content = await read_payload(api, namespace, _reference(upload))
    return Payload(hashlib.sha256(content).hexdigest(), content, signature)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file that is to be brought onto a host."""

    namespace: str
    local: Local
    upload: LocalUpload
    action: UploadToHost
    hash_of: Callable[[Payload], str]
    """Returns what a file is remembered by."""


async def deliver(context: Context, delivery: Delivery) -> str:
    """Send a file and return its path on the host; "" for user data. Raises ReconcileErrors.

    It is read anew, lest hundreds of them wait in memory, and goes through a client of its own: no other write to the
    host waits until it is there.
    """
    upload, namespace = delivery.upload, delivery.namespace
    payload = await read_upload(context.api, namespace, upload)
    if delivery.hash_of(payload) != delivery.action.hash:
        raise Waiting("Updating", f"{upload.name} was changed meanwhile; it is looked at again", retry_after_s=1.0)
    access = await read_access(context.secrets, namespace, delivery.local)
    async with EdgeClient(access.endpoint, access.login, context.local_ranges) as client:
        await _check_host(client, delivery.action)
        if upload.kind == "UserData":
            await client.set_user_data(_user_data(upload.name, payload.content))
            return ""
        send = client.upload_content if upload.kind == "Content" else client.upload_cluster_config
        if upload.url is None:
            return await send(_upload(upload, payload, partial(_whole, payload.content)))
        file = await _remote(context.secrets, namespace, upload.url)
        async with Download(file, context.local_ranges) as download:
            return await send(_upload(upload, payload, download.read))


async def _check_host(client: EdgeClient, action: UploadToHost) -> None:
    """Raise unless it is the air-gapped host for which the file was meant."""
    info, mode = await client.host(), await client.settings()
    if info.uid != action.uid:
        message = f"another device answers, {info.uid} in place of {action.uid}: {action.name} was not sent"
        raise Unavailable("Unreachable", message)
    if not mode.is_airgapped:
        raise Stalled("HostIsConnected", f"{action.name} was not sent, since the host is not known to be air-gapped")


def _upload(upload: LocalUpload, payload: Payload, read: Callable[[], AsyncIterator[bytes]]) -> Upload:
    secrets = _words(payload.content) if upload.secret_key_ref else ()
    return Upload(_file_name(upload), read, MOST_BYTES, payload.signature, secrets)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _remote(secrets: Secrets, namespace: str, url: UploadUrl) -> RemoteFile:
    ca = url.ca_secret_ref
    return RemoteFile(url.url, url.sha256, await secrets.value(namespace, ca.name, ca.key) if ca else "")


def _reference(upload: LocalUpload) -> ConfigMapKeyRef | SecretKeyRef:
    reference = upload.config_map_key_ref or upload.secret_key_ref
    assert reference is not None  # noqa: S101 - a rule of the model
    return reference


def _file_name(upload: LocalUpload) -> str:
    """Return a name with the ending by which a host may know what the file is."""
    return upload.url.url.rpartition("/")[2] if upload.url else _reference(upload).key


def _words(content: bytes) -> tuple[str, ...]:
    """Return what a host could repeat of a Secret's file."""
    words = _WORD_ENDS.split(content.decode(errors="ignore"))
    return tuple({word for word in words if len(word) >= _SHORTEST_SECRET})


def _user_data(name: str, content: bytes) -> dict[str, object]:
    try:
        body = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError):
        body = None
    if not isinstance(body, dict):
        raise Stalled("InvalidSpec", f"the user data {name} of spec.local.uploads is no YAML mapping: correct it")
    return {str(key): value for key, value in body.items()}
