"""When files are sent to an air-gapped host, and what is said of it meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.domain.local import HostConfiguration, LinkStatus
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.observed import Unknown
from palette_operator.domain.resources import parse_edge_host
from palette_operator.kube.objects import Body
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host import local_uploads
from palette_operator.reconcile.edge_host.local_configuration import HostSettings
from palette_operator.reconcile.edge_host.local_uploads import HostUploads
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.local_hosts.payloads import Delivery
from palette_operator.reconcile.local_hosts.transfers import Transfers
from support.builders import key
from support.fake_kube import resource_body
from support.local_hosts import host_info

HOST = key("edge-a", "EdgeHost")
SEEN = LocalHostSeen(host_info("edge-1"), None, LinkStatus(), HostConfiguration(), Unknown("not asked for"))
CONNECTED = replace(SEEN, info=host_info("edge-1", connection_mode="connected"))
OTHER = replace(SEEN, info=host_info("edge-2"))
UPLOAD = {"name": "base", "kind": "ClusterDefinition", "configMapKeyRef": {"name": "files", "key": "base.tgz"}}
LOCAL: dict[str, Any] = {
    "endpoint": "https://10.4.2.21:5080",
    "credentialsSecretRef": {"name": "os"},
    "uploads": [UPLOAD],
}


class Desk:
    """One host, whose files are delivered as `outcome` says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        self.files: dict[str, bytes] | None = {"base.tgz": b"one"}
        self.outcome: str | ReconcileError = "/opt/one"
        self.sent: list[str] = []
        self.spec: Body = {"local": LOCAL}
        self.status: Body = {}
        self.annotations: dict[str, str] = {}
        self.findings = Findings()
        self.transfers = Transfers(lambda: self.now_s)
        monkeypatch.setattr(local_uploads, "deliver", self._deliver)
        context = SimpleNamespace(
            api=SimpleNamespace(read_bytes=self._read),
            transfers=self.transfers,
            hash_key=b"key",
            local_hosts=SimpleNamespace(sighting=lambda _: SimpleNamespace(is_stale=False)),
        )
        self._uploads = HostUploads(cast("Context", context))
        self._settings = HostSettings(cast("Context", context), self._uploads)

    async def _read(self, *_: str) -> dict[str, bytes] | None:
        return self.files

    async def _deliver(self, _: Context, delivery: Delivery) -> str:
        self.sent.append(delivery.upload.name)
        if isinstance(self.outcome, str):
            return self.outcome
        raise self.outcome

    async def look(self, seen: LocalHostSeen = SEEN) -> tuple[str, str]:
        """Look once, let what was begun end, and return status and reason of Synced."""
        body = resource_body(HOST, status=self.status, annotations=self.annotations) | {"spec": self.spec}
        self.findings = Findings(stage="Synced")
        try:
            failure = await self._settings.converge(HOST, parse_edge_host(body), seen, self.findings)
        except ReconcileError as error:
            failure = error
        if failure is not None:
            self.findings.failed(failure)
        if uploads := self.findings.fields.get("uploads"):
            self.status = {**self.status, "uploads": uploads}
        for _ in range(10):
            await asyncio.sleep(0)
        condition = self.findings.conditions["Synced"]
        return condition.status, condition.reason


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


async def test_a_file_is_sent_once_and_its_path_is_told(desk: Desk) -> None:
    assert await desk.look() == ("False", "Uploading")
    assert await desk.look() == ("True", "Synced")
    assert desk.findings.events[0].reason == "Uploaded"
    assert await desk.look() == ("True", "Synced")

    assert desk.sent == ["base"]
    assert desk.status["uploads"][0]["path"] == "/opt/one"
    assert desk.findings.events == []


async def test_what_arrived_is_known_after_a_restart(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.look()
    await desk.look()
    restarted = Desk(monkeypatch)
    restarted.status = desk.status

    assert await restarted.look() == ("True", "Synced")
    assert restarted.sent == []


CHANGES: dict[str, Any] = {
    "another content": lambda desk: setattr(desk, "files", {"base.tgz": b"two"}),
    "another name": lambda desk: desk.spec.update(local={**LOCAL, "uploads": [{**UPLOAD, "name": "again"}]}),
    "a reset that was asked for": lambda desk: desk.status.update(lastHandledRequests={"reset": "2026-01-01"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_it_is_sent_again_after(desk: Desk, change: Any) -> None:  # noqa: ANN401 - a function of one desk
    await desk.look()
    await desk.look()
    change(desk)

    assert await desk.look() == ("False", "Uploading")
    assert len(desk.sent) == 2


async def test_another_device_gets_everything(desk: Desk) -> None:
    await desk.look()
    await desk.look()
    await desk.look(OTHER)

    assert len(desk.sent) == 2


@pytest.mark.parametrize(
    ("spec", "reason"), [({"mode": "Plan"}, "PlanAwaitingApproval"), ({"suspend": True}, "Suspended")]
)
async def test_nothing_is_sent_that_may_not_be(desk: Desk, spec: Body, reason: str) -> None:
    desk.spec |= spec

    assert await desk.look() == ("False", reason)
    assert desk.sent == []


async def test_a_plan_that_is_approved_is_carried_out(desk: Desk) -> None:
    desk.spec |= {"mode": "Plan"}
    await desk.look()
    assert desk.findings.fields["plan"]["actions"] == ["upload base (ClusterDefinition)"]
    desk.annotations["palette.spectrocloud.com/approve"] = desk.findings.fields["plan"]["hash"]

    await desk.look()
    assert await desk.look() == ("True", "Synced")
    assert desk.sent == ["base"]


async def test_a_host_that_belongs_to_palette_gets_nothing(desk: Desk) -> None:
    assert await desk.look(CONNECTED) == ("False", "HostIsConnected")
    assert desk.sent == []


async def test_what_cannot_be_read_is_neither_sent_nor_forgotten(desk: Desk) -> None:
    await desk.look()
    await desk.look()
    desk.files = None

    assert await desk.look() == ("False", "ConfigMapNotFound")
    assert desk.status["uploads"][0]["path"] == "/opt/one"
    assert len(desk.sent) == 1


async def test_a_file_that_failed_rests_and_is_told_of_until_it_is_sent(desk: Desk) -> None:
    desk.outcome = Stalled("ChecksumMismatch", "differs")
    await desk.look()

    assert await desk.look() == ("False", "ChecksumMismatch")
    assert desk.findings.look_again_after_s == 10.0
    assert len(desk.sent) == 1
    desk.now_s, desk.outcome = 10.0, "/opt/one"
    assert await desk.look() == ("False", "ChecksumMismatch")
    assert await desk.look() == ("True", "Synced")
    assert len(desk.sent) == 2


async def test_a_host_that_was_away_gets_the_file_later(desk: Desk) -> None:
    desk.outcome = Unavailable("Unreachable", "gone")
    await desk.look()
    assert await desk.look() == ("False", "Unreachable")

    desk.now_s, desk.outcome = 2.0, "/opt/one"
    assert await desk.look() == ("False", "Uploading")
    assert await desk.look() == ("True", "Synced")


async def test_somebody_who_asks_for_a_look_need_not_wait(desk: Desk) -> None:
    desk.outcome = Stalled("ChecksumMismatch", "differs")
    await desk.look()
    desk.annotations["palette.spectrocloud.com/reconcile-requested-at"] = "now"
    await desk.look()

    assert len(desk.sent) == 2


async def test_drift_of_settings_that_is_only_told_of_does_not_count_as_put_right_by_an_upload(desk: Desk) -> None:
    proxy = {"configuration": {"httpProxy": "http://a:3128"}}
    desk.spec |= {"local": LOCAL | proxy, "drift": {"policy": "Report"}}
    as_wanted = replace(SEEN, configuration=HostConfiguration(http_proxy="http://a:3128"))
    await desk.look(as_wanted)
    desk.status["lastSync"] = desk.findings.fields["lastSync"]
    desk.files = {"base.tgz": b"two"}

    assert await desk.look() == ("False", "Uploading")
    assert "Drifted" not in {event.reason for event in desk.findings.events}
    assert desk.findings.conditions["Drifted"].status == "True"
