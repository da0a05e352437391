from __future__ import annotations

import pytest

from palette_sim.kube_api import protobuf
from palette_sim.kube_api.errors import StatusError


def field(number: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2, len(raw)]) + raw


def envelope(kind: str, raw: bytes) -> bytes:
    return b"k8s\x00" + field(1, field(1, "v1") + field(2, kind)) + field(2, raw)


def test_a_secret_is_read() -> None:
    metadata = field(1, "s") + field(3, "default") + field(8, b"") + field(11, field(1, "k") + field(2, "v"))
    raw = field(1, metadata) + field(2, field(1, "a") + field(2, b"\x00b")) + field(3, "Opaque") + b"\x28\x01"
    assert protobuf.parse(envelope("Secret", raw)) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "default", "labels": {"k": "v"}},
        "data": {"a": "AGI="},
        "type": "Opaque",
        "immutable": True,
    }


UNREADABLE = {
    "another kind": envelope("Pod", b""),
    "no protobuf at all": b"{}",
    "an object that ends too early": envelope("Secret", b"\x0a\x7fshort"),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(StatusError) as caught:
        protobuf.parse(body)
    assert caught.value.code == 400
