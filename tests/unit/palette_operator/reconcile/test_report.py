"""What a look that could see nothing yet writes, as after a restart."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from palette_operator.domain.errors import Waiting
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.kube.api import KubeApi
from palette_operator.kube.objects import Body, ObjectCache
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.report import Reporter

KEY = ObjectKey("EdgeHost", "retail", "edge-1")
READY = {"observedGeneration": 3, "conditions": [{"type": "Ready", "status": "True", "reason": "Ready"}]}
NOT_SEEN_YET = NotSeenYet("AwaitingFleet", "Palette has not been looked at completely yet", retry_after_s=15)


class Written:
    """Stands in for the API server, and for those who are told of events."""

    def __init__(self, status: dict[str, Any]) -> None:
        self.patches: list[dict[str, Any]] = []
        self.events: list[str] = []
        self.objects = ObjectCache()
        metadata = {"namespace": "retail", "name": "edge-1", "uid": "u", "generation": 3, "resourceVersion": "7"}
        self.objects.put({"kind": "EdgeHost", "metadata": metadata, "status": status})

    async def patch_status(self, key: ObjectKey, patch: dict[str, Any], **_: str) -> Body:
        self.patches.append(patch)
        known = self.objects.get(key) or {}
        return {**known, "metadata": {**known["metadata"], "resourceVersion": "8"}, "status": patch}

    def emit(self, _: Body, type_: str, reason: str, message: str) -> None:
        del type_, message
        self.events.append(reason)


async def reported(status: dict[str, Any], findings: Findings) -> Written:
    written = Written(status)
    reporter = Reporter(
        cast("KubeApi", written), written.objects, written.emit, lambda: datetime(2026, 1, 1, tzinfo=UTC)
    )
    await reporter.write(KEY, findings)
    return written


async def test_what_held_before_a_restart_is_not_taken_back_because_nothing_was_seen_yet() -> None:
    findings = Findings(stage="Owned")
    findings.failed(NOT_SEEN_YET)

    written = await reported(READY, findings)

    assert (written.patches, written.events) == ([], [])


@pytest.mark.parametrize(
    ("status", "error", "unreachable"),
    [
        pytest.param({}, NOT_SEEN_YET, False, id="a new resource says what it waits for"),
        pytest.param(READY | {"observedGeneration": 2}, NOT_SEEN_YET, False, id="so does a spec that has changed"),
        pytest.param(READY, NOT_SEEN_YET, True, id="after a long outage nothing is known any more"),
        pytest.param(READY, Waiting("Updating", "under way", retry_after_s=1), False, id="other waits are news"),
    ],
)
async def test_everything_else_is_written(status: dict[str, Any], error: Waiting, unreachable: bool) -> None:
    findings = Findings(stage="Owned", unreachable=unreachable)
    findings.failed(error)

    written = await reported(status, findings)

    assert len(written.patches) == 1
