"""Which files are still to be brought onto a host, and what is remembered of them."""

import pytest

from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.resources import LocalUpload, UploadStatus
from palette_operator.domain.upload_plan import DesiredUpload, plan_uploads, remembered

UID = HostUid("edge-1")
A, B = (DesiredUpload(name, "Content", f"hash-{name}") for name in "ab")
SENT_A = UploadStatus(name="a", kind="Content", hash="hash-a", path="/opt/a")
OLD_A = UploadStatus(name="a", kind="Content", hash="hash-of-before", path="/opt/before")
REF = {"name": "files", "key": "x"}

PLANS: dict[str, tuple[list[DesiredUpload], list[UploadStatus], set[str], list[str]]] = {
    "nothing is asked for": ([], [], set(), []),
    "what was never sent is sent, in order": ([B, A], [], set(), ["b", "a"]),
    "what was sent is not sent again": ([A, B], [SENT_A], set(), ["b"]),
    "what changed is sent again": ([A], [OLD_A], set(), ["a"]),
    "what is under way, or rests, is left": ([A, B], [], {"hash-a"}, ["b"]),
    "what was sent and is asked for no more stays on the host": ([], [SENT_A], set(), []),
}


@pytest.mark.parametrize(("wanted", "sent", "not_now", "names"), PLANS.values(), ids=PLANS)
def test_plan(wanted: list[DesiredUpload], sent: list[UploadStatus], not_now: set[str], names: list[str]) -> None:
    assert [action.name for action in plan_uploads(UID, wanted, sent, not_now)] == names


def spec(*names: str) -> list[LocalUpload]:
    return [LocalUpload.model_validate({"name": name, "kind": "Content", "configMapKeyRef": REF}) for name in names]


MEMORIES: dict[str, tuple[list[str], list[DesiredUpload], list[UploadStatus], dict[str, str], list[str]]] = {
    "what arrived is remembered": (["a"], [A], [], {"hash-a": "/opt/a"}, ["/opt/a"]),
    "it takes the place of what was there before": (["a"], [A], [OLD_A], {"hash-a": "/opt/a"}, ["/opt/a"]),
    "what is there is told until the next has arrived": (["a"], [A], [OLD_A], {}, ["/opt/before"]),
    "what cannot be read now is not forgotten": (["a"], [], [SENT_A], {}, ["/opt/a"]),
    "what the spec names no more is": (["b"], [B], [SENT_A], {}, []),
}


@pytest.mark.parametrize(("names", "wanted", "before", "arrived", "paths"), MEMORIES.values(), ids=MEMORIES)
def test_memory(
    names: list[str],
    wanted: list[DesiredUpload],
    before: list[UploadStatus],
    arrived: dict[str, str],
    paths: list[str],
) -> None:
    assert [each.path for each in remembered(spec(*names), wanted, before, arrived)] == paths
