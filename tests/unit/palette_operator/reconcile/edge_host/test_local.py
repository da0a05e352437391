"""What follows from a look at a host through its own API: conditions, and whether anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.errors import Answer, ReconcileError, Stalled, Unavailable
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.local import HostConfiguration, LinkStatus
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.observed import Unknown
from palette_operator.domain.resources import parse_edge_host
from palette_operator.kube.api import KubeApi
from palette_operator.kube.objects import Body
from palette_operator.kube.secrets import Secrets
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host.local import LocalHost
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.local_hosts.access import LocalAccess
from palette_operator.reconcile.local_hosts.fleet import LocalSighting
from palette_operator.reconcile.local_hosts.hosts import HostSighting
from palette_operator.reconcile.local_hosts.transfers import Transfers
from palette_operator.reconcile.reservations import Reservations
from palette_operator.settings import Settings
from support.builders import key
from support.fake_kube import resource_body
from support.local_hosts import host_info

HOST = key("edge-a", "EdgeHost")
GRACE_S = 90.0
SETTINGS = Settings("x", local_endpoint_cidrs=("10.0.0.0/8",), unreachable_after_s=GRACE_S)
NOW_S = 1_000.0
LOCAL: dict[str, Any] = {"endpoint": "https://10.4.2.21:5080", "credentialsSecretRef": {"name": "os"}}
PROXY = {"configuration": {"httpProxy": "http://a:3128"}}
SEEN = LocalHostSeen(host_info("edge-1"), None, LinkStatus(), HostConfiguration(), Unknown("not asked for"))
CONNECTED = replace(SEEN, info=host_info("edge-1", connection_mode="connected"))
SILENT = Unavailable("Unreachable", "https://10.4.2.21:5080: reading the host: no answer from the host (timed out)")
REFUSED = Stalled("Unauthorized", "the host refuses the login of kairos")


def answering(seen: LocalHostSeen = SEEN) -> HostSighting:
    return LocalSighting(seen, is_new=False)


def silent(for_s: float, seen: LocalHostSeen | None = SEEN, failure: ReconcileError = SILENT) -> HostSighting:
    return LocalSighting(seen, is_new=False, failure=failure, failing_since=NOW_S - for_s)


@dataclass
class Fleet:
    """Shows one host as it was told to, and notes what is asked of it."""

    shown: HostSighting = field(default_factory=LocalSighting)
    enrolled: list[LocalAccess] = field(default_factory=list)
    withdrawn: bool = False
    looks: int = 0
    sent: list[HostConfiguration] = field(default_factory=list)

    def enroll(self, _: ObjectKey, access: LocalAccess) -> None:
        self.enrolled.append(access)

    def withdraw(self, _: ObjectKey) -> None:
        self.withdrawn = True

    def sighting(self, _: ObjectKey) -> HostSighting:
        return self.shown

    def look_now(self, _: ObjectKey) -> None:
        self.looks += 1

    def client(self, _: ObjectKey) -> Fleet:
        return self

    async def set_configuration(self, configuration: HostConfiguration) -> None:
        self.sent.append(configuration)


class Desk:
    """Looks after one host with a fleet that is told what to show."""

    def __init__(
        self,
        shown: HostSighting,
        *,
        secret: dict[str, str] | None = None,
        settings: Settings | None = None,
        status: Body | None = None,
        **spec: Any,  # noqa: ANN401 - YAML
    ) -> None:
        self.fleet = Fleet(shown)
        self.finalized = False
        self.findings = Findings(generation=2)
        self.body = resource_body(HOST, status=status) | {"spec": {"local": LOCAL, **spec}}
        self.login = {"username": "kairos", "password": "pw"} if secret is None else secret

        async def read_secret(*_: str) -> dict[str, str] | None:
            return dict(self.login) or None

        async def add(_: ObjectKey) -> None:
            self.finalized = True

        self.host = LocalHost(
            cast(
                "Context",
                SimpleNamespace(
                    settings=settings
                    or Settings("x", local_endpoint_cidrs=("10.0.0.0/8",), unreachable_after_s=GRACE_S),
                    secrets=Secrets(cast("KubeApi", SimpleNamespace(read_secret=read_secret)), lambda: 0.0),
                    local_hosts=self.fleet,
                    transfers=Transfers(lambda: NOW_S),
                    monotonic=lambda: NOW_S,
                    reservations=Reservations(),
                    objects=SimpleNamespace(get=lambda _: self.body),
                    finalizer=SimpleNamespace(add=add),
                    hash_key=b"key",
                    now=lambda: None,
                ),
            )
        )

    async def keep(self) -> ReconcileError | None:
        try:
            await self.host.keep(HOST, self.body, parse_edge_host(self.body), self.findings)
        except ReconcileError as error:
            self.findings.failed(error)
            return error
        return None

    async def accompany(self) -> None:
        self.body["spec"]["connectionRef"] = {"name": "default"}
        await self.host.accompany(HOST, parse_edge_host(self.body), self.findings)

    @property
    def said(self) -> dict[str, tuple[str, str]]:
        return {type_: (each.status, each.reason) for type_, each in self.findings.conditions.items()}


async def test_a_host_that_answers_is_connected_and_in_step() -> None:
    desk = Desk(answering())

    assert await desk.keep() is None
    assert desk.said == {
        "CredentialsValid": ("True", "Valid"),
        "Connected": ("True", "Healthy"),
        "Synced": ("True", "Synced"),
    }
    assert desk.findings.fields["uid"] == "edge-1"
    assert desk.fleet.enrolled[0].login.username == "kairos"
    assert desk.finalized


async def test_a_host_that_is_only_observed_is_not_held_on_to() -> None:
    desk = Desk(answering(), mode="Observe", local=LOCAL | PROXY)

    assert await desk.keep() is None
    assert "Synced" not in desk.said
    assert not desk.finalized
    assert desk.fleet.sent == []


@pytest.mark.parametrize("spec", [{"mode": "Plan"}, {"suspend": True}], ids=["planned", "suspended"])
async def test_a_resource_that_may_write_nothing_is_not_held_on_to(spec: dict[str, Any]) -> None:
    desk = Desk(answering(), **spec)

    assert await desk.keep() is None
    assert not desk.finalized


FAILURES: dict[str, tuple[HostSighting, tuple[str, str, str]]] = {
    "a host that never answered": (silent(1, seen=None), ("Connected", "False", "NeverConnected")),
    "a host that is silent for long": (silent(GRACE_S), ("Connected", "False", "Unreachable")),
    "a login that is refused": (silent(1, failure=REFUSED), ("CredentialsValid", "False", "Unauthorized")),
    "another certificate": (
        silent(1, failure=Stalled("CertificateChanged", "another")),
        ("CredentialsValid", "False", "CertificateChanged"),
    ),
}


@pytest.mark.parametrize(("shown", "want"), FAILURES.values(), ids=FAILURES)
async def test_why_a_host_does_not_answer_is_told_where_it_belongs(
    shown: HostSighting, want: tuple[str, str, str]
) -> None:
    desk = Desk(shown)
    error = await desk.keep()

    type_, status, reason = want
    assert desk.said == {type_: (status, reason)}
    assert error is not None
    assert shown.failure is not None
    assert desk.findings.conditions[type_].message.startswith(shown.failure.message)


async def test_a_host_that_was_seen_before_a_restart_has_not_never_answered() -> None:
    early, late = (Desk(silent(for_s, seen=None), status={"uid": "edge-1"}) for for_s in (GRACE_S - 10, GRACE_S))

    assert isinstance(await early.keep(), NotSeenYet)
    assert "health" not in early.findings.fields
    assert early.findings.look_again_after_s == 10
    await late.keep()
    assert late.said["Connected"] == ("False", "Unreachable")
    assert late.findings.fields["health"] == "unhealthy"


async def test_a_silent_host_comes_with_advice_and_one_that_explains_itself_without() -> None:
    explained = Unavailable("RemoteRejected", "the database is locked", answer=Answer(500, "x", "locked", ""))
    messages = []
    for failure in (SILENT, explained):
        desk = Desk(silent(GRACE_S, failure=failure))
        await desk.keep()
        messages.append(desk.findings.conditions["Connected"].message)

    assert messages[0].endswith("check the host's power, its network and spec.local.endpoint")
    assert messages[1] == "the database is locked"


async def test_a_host_that_missed_a_look_is_believed_for_the_grace_period() -> None:
    desk = Desk(silent(GRACE_S - 10))

    assert await desk.keep() is None
    assert desk.said["Connected"] == ("True", "Healthy")
    assert desk.findings.look_again_after_s == 10


async def test_a_host_that_was_not_asked_yet_is_no_news() -> None:
    error = await Desk(LocalSighting()).keep()

    assert isinstance(error, NotSeenYet)


async def test_what_was_seen_in_another_way_is_not_taken_for_now() -> None:
    error = await Desk(LocalSighting(SEEN, is_new=True)).keep()

    assert isinstance(error, NotSeenYet)


async def test_a_refused_login_is_read_again_soon() -> None:
    desk = Desk(silent(1, failure=REFUSED))
    await desk.keep()

    assert desk.findings.look_again_after_s == 10


async def test_without_its_secret_a_host_is_not_looked_at_any_more() -> None:
    desk = Desk(answering(), secret={})
    error = await desk.keep()

    assert error is not None
    assert error.reason == "SecretNotFound"
    assert desk.fleet.withdrawn


async def test_without_networks_no_host_is_looked_at() -> None:
    desk = Desk(answering(), settings=Settings("x"))
    error = await desk.keep()

    assert error is not None
    assert error.reason == "LocalEndpointsOff"
    assert desk.fleet.enrolled == []
    assert desk.fleet.withdrawn


async def test_another_device_gets_nothing_and_tells_nothing() -> None:
    desk = Desk(answering(), uid="edge-2", local=LOCAL | PROXY)
    await desk.keep()

    assert desk.said["Connected"] == ("False", "HostMismatch")
    assert "uid" not in desk.findings.fields
    assert desk.fleet.sent == []


async def test_another_device_is_told_of_where_the_spec_names_none() -> None:
    desk = Desk(answering(), status={"uid": "edge-0"})
    await desk.keep()

    assert [event.reason for event in desk.findings.events] == ["DeviceChanged"]


async def test_settings_that_differ_are_sent_and_looked_at() -> None:
    desk = Desk(answering(), local=LOCAL | PROXY)
    await desk.keep()

    assert desk.fleet.sent == [HostConfiguration(http_proxy="http://a:3128")]
    assert desk.said["Synced"] == ("False", "Updating")
    assert desk.fleet.looks == 1


async def test_settings_are_not_sent_again_before_the_host_was_looked_at() -> None:
    desk = Desk(replace(answering(), is_stale=True), local=LOCAL | PROXY)
    await desk.keep()

    assert desk.fleet.sent == []
    assert desk.said["Synced"] == ("False", "Updating")


async def test_settings_that_are_in_place_are_not_sent() -> None:
    in_place = replace(SEEN, configuration=HostConfiguration(http_proxy="http://a:3128"))
    desk = Desk(answering(in_place), local=LOCAL | PROXY)
    await desk.keep()

    assert desk.fleet.sent == []
    assert desk.said["Synced"] == ("True", "Synced")
    assert desk.findings.fields["lastSync"]["specHash"]


WITHHELD: dict[str, tuple[dict[str, Any], LocalHostSeen, str]] = {
    "a host that is connected to Palette": ({}, CONNECTED, "HostIsConnected"),
    "a host that does not say": ({}, replace(SEEN, info=host_info("edge-1", connection_mode="")), "HostIsConnected"),
    "a plan that nobody approved": ({"mode": "Plan"}, SEEN, "PlanAwaitingApproval"),
    "a suspended resource": ({"suspend": True}, SEEN, "Suspended"),
    "settings that cannot be read": ({}, replace(SEEN, configuration=Unknown("500")), "RemoteRejected"),
}


@pytest.mark.parametrize(("spec", "seen", "reason"), WITHHELD.values(), ids=WITHHELD)
async def test_settings_are_not_sent(spec: dict[str, Any], seen: LocalHostSeen, reason: str) -> None:
    desk = Desk(answering(seen), local=LOCAL | PROXY, **spec)
    await desk.keep()

    assert desk.fleet.sent == []
    assert desk.said["Synced"] == ("False", reason)


async def test_a_plan_that_was_approved_is_carried_out() -> None:
    desk = Desk(answering(), local=LOCAL | PROXY, mode="Plan")
    await desk.keep()
    plan = desk.findings.fields["plan"]
    desk.body["metadata"]["annotations"] = {"palette.spectrocloud.com/approve": plan["hash"]}
    await desk.keep()

    assert plan["actions"] == ["set httpProxy"]
    assert len(desk.fleet.sent) == 1


async def in_step(**spec: Any) -> Body:  # noqa: ANN401 - YAML
    """Return the status of a host whose settings are as its spec says."""
    in_place = replace(SEEN, configuration=HostConfiguration(http_proxy="http://a:3128"))
    desk = Desk(answering(in_place), local=LOCAL | PROXY, **spec)
    await desk.keep()
    return {"lastSync": desk.findings.fields["lastSync"]}


async def test_drift_is_told_and_put_right() -> None:
    desk = Desk(answering(), local=LOCAL | PROXY, status=await in_step())
    await desk.keep()

    assert len(desk.fleet.sent) == 1
    assert [event.reason for event in desk.findings.events] == ["Drifted", "Updated"]
    assert desk.findings.events[0].message.startswith("the host differs from the spec")


async def test_drift_is_only_told_where_the_spec_says_so() -> None:
    report = {"drift": {"policy": "Report"}}
    desk = Desk(answering(), local=LOCAL | PROXY, status=await in_step(**report), **report)
    await desk.keep()

    assert desk.fleet.sent == []
    assert desk.said["Synced"] == ("True", "Drifted")
    assert desk.said["Drifted"] == ("True", "Drifted")
    assert desk.findings.fields["drift"]["fields"][0]["path"] == "/spec/local/configuration/httpProxy"


async def test_a_connected_host_that_nothing_is_asked_of_is_in_step() -> None:
    desk = Desk(answering(CONNECTED))
    await desk.keep()

    assert desk.said["Synced"] == ("True", "Synced")


async def test_a_request_for_a_look_reaches_the_host() -> None:
    desk = Desk(answering())
    desk.body["metadata"]["annotations"] = {"palette.spectrocloud.com/reconcile-requested-at": "now"}
    await desk.keep()

    assert desk.fleet.looks == 1
    assert desk.findings.fields["lastHandledReconcileAt"] == "now"


async def test_a_secret_is_believed_for_seconds_and_read_anew_when_a_look_is_asked_for() -> None:
    desk = Desk(answering())
    await desk.keep()
    desk.login["password"] = "new"
    await desk.keep()
    desk.body["metadata"]["annotations"] = {"palette.spectrocloud.com/reconcile-requested-at": "now"}
    await desk.keep()

    assert [access.login.password for access in desk.fleet.enrolled] == ["pw", "pw", "new"]


async def test_a_host_in_palette_shows_what_palette_does_not_know() -> None:
    desk = Desk(answering(), uid="edge-1")
    await desk.accompany()

    assert desk.said == {"LocalReachable": ("True", "Healthy")}
    assert desk.findings.fields["connectionMode"] == "airgap"
    assert "hardware" not in desk.findings.fields


ASIDE: dict[str, tuple[HostSighting, str]] = {
    "a silent host": (silent(1), "Unreachable"),
    "a refused login": (silent(1, failure=REFUSED), "Unauthorized"),
    "another device": (answering(replace(SEEN, info=host_info("edge-2"))), "HostMismatch"),
}


@pytest.mark.parametrize(("shown", "reason"), ASIDE.values(), ids=ASIDE)
async def test_a_failing_look_beside_palette_is_told_and_holds_nothing_back(shown: HostSighting, reason: str) -> None:
    desk = Desk(shown, uid="edge-1")
    await desk.accompany()

    assert desk.said == {"LocalReachable": ("False", reason)}
    assert desk.findings.error is None


async def test_what_the_own_api_told_goes_with_it() -> None:
    desk = Desk(answering(), status={"connectionMode": "airgap"})
    del desk.body["spec"]["local"]
    await desk.accompany()

    assert desk.fleet.withdrawn
    assert desk.findings.fields["connectionMode"] is None
    assert desk.said == {}
