"""Files out of ConfigMaps and Secrets, as the library hands them out, and what is said of those that are not there."""

import base64
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from kubernetes.aio import client
from kubernetes.aio.client.exceptions import ApiException

from palette_operator.domain.errors import Waiting
from palette_operator.domain.resources import ConfigMapKeyRef, SecretKeyRef
from palette_operator.kube.api import KubeApi
from palette_operator.kube.payloads import read_payload

BINARY = b"\x00\xff\x1f"


def coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


CONFIG_MAP = client.V1ConfigMap(data={"text": "ä", "empty": ""}, binary_data={"binary": coded(BINARY)})
SECRET = client.V1Secret(data={"text": coded("ä".encode()), "binary": coded(BINARY), "empty": ""})


def api(**objects: Any) -> KubeApi:  # noqa: ANN401 - of two kinds
    made = KubeApi.__new__(KubeApi)

    async def read(name: str, *_: object, **__: object) -> object:
        if name not in objects:
            missing = ApiException(status=404)
            missing.body = json.dumps({"kind": "Status", "reason": "NotFound", "details": {"name": name}})
            raise missing
        return objects[name]

    made._core = cast("client.CoreV1Api", SimpleNamespace(read_namespaced_secret=read, read_namespaced_config_map=read))
    return made


REFERENCES = {"a ConfigMap": (ConfigMapKeyRef, CONFIG_MAP), "a Secret": (SecretKeyRef, SECRET)}


@pytest.mark.parametrize(("kind", "found"), REFERENCES.values(), ids=REFERENCES)
@pytest.mark.parametrize(("key", "content"), [("text", "ä".encode()), ("binary", BINARY)])
async def test_a_file_is_read_whether_text_or_not(
    kind: type[ConfigMapKeyRef | SecretKeyRef], found: object, key: str, content: bytes
) -> None:
    assert await read_payload(api(files=found), "retail", kind(name="files", key=key)) == content


MISSING = {
    "no object": ("other", "text", "does not exist; create it"),
    "no key": ("files", "other", "has no key 'other'; add it"),
    "an empty key": ("files", "empty", "has nothing in key 'empty'; fill it"),
}


@pytest.mark.parametrize(("name", "key", "words"), MISSING.values(), ids=MISSING)
@pytest.mark.parametrize(
    ("kind", "found", "reason"),
    [(ConfigMapKeyRef, CONFIG_MAP, "ConfigMapNotFound"), (SecretKeyRef, SECRET, "SecretNotFound")],
)
async def test_what_is_missing_is_named(  # noqa: PLR0917 - two tables
    kind: type[ConfigMapKeyRef | SecretKeyRef], found: object, reason: str, name: str, key: str, words: str
) -> None:
    with pytest.raises(Waiting, match=words) as raised:
        await read_payload(api(files=found), "retail", kind(name=name, key=key))

    assert raised.value.reason == reason
