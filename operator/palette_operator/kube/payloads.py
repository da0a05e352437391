"""Files out of ConfigMaps and Secrets, as bytes. Read by `get` of a name, and kept nowhere."""

from __future__ import annotations

from palette_operator.domain.errors import Waiting
from palette_operator.domain.resources import ConfigMapKeyRef, SecretKeyRef
from palette_operator.kube.api import KubeApi, PayloadKind
from palette_operator.kube.secrets import LOOK_AGAIN_S


async def read_payload(api: KubeApi, namespace: str, reference: ConfigMapKeyRef | SecretKeyRef) -> bytes:
    """Return one value; raises Waiting, with ConfigMapNotFound or SecretNotFound, when it is not there, or empty."""
    kind: PayloadKind = "Secret" if isinstance(reference, SecretKeyRef) else "ConfigMap"
    values = await api.read_bytes(kind, namespace, reference.name)
    if values is None:
        raise _not_usable(kind, namespace, reference.name, "does not exist; create it")
    if reference.key not in values:
        raise _not_usable(kind, namespace, reference.name, f"has no key {reference.key!r}; add it")
    if not values[reference.key]:
        raise _not_usable(kind, namespace, reference.name, f"has nothing in key {reference.key!r}; fill it")
    return values[reference.key]


def _not_usable(kind: PayloadKind, namespace: str, name: str, why: str) -> Waiting:
    reason = "SecretNotFound" if kind == "Secret" else "ConfigMapNotFound"
    return Waiting(reason, f"{kind} {name!r} in namespace {namespace!r} {why}", retry_after_s=LOOK_AGAIN_S)
