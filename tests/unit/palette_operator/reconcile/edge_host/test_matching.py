"""The device of an EdgeHost that tells its name and tags: found again by the mark, held once found."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.domain.identifiers import HostUid, ObjectKey, ProjectUid
from palette_operator.domain.observed import HostRow, Project
from palette_operator.domain.resources import EdgeHost, parse_edge_host
from palette_operator.palette.picture import Picture
from palette_operator.palette.snapshot import Listing, Snapshot
from palette_operator.reconcile import waking
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host.matching import DeviceMatching
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.reservations import Reservations
from palette_operator.reconcile.sites import Site
from support.builders import IDENTITY, NOW, key
from support.fake_kube import resource_body
from support.rows import host_row

TILL, OTHER = key("till", "EdgeHost"), key("other", "EdgeHost")
P1 = ProjectUid("p1")
IN_42 = {"site": "42"}


class Desk:
    """A fleet as it was seen, and who is looked at because of it."""

    def __init__(self, *rows: HostRow, seen: bool = True) -> None:
        self.reservations, self.wakes = Reservations(), waking.WakeIndex()
        self.fleet = Picture(stale_after_s=180.0, settle_s=60.0, now=lambda: NOW)
        if seen:
            self.fleet.adopt(Snapshot(NOW, host_listing=Listing({row.uid: row for row in rows})))
        parts = {"identity": IDENTITY, "reservations": self.reservations, "wakes": self.wakes}
        self._matching = DeviceMatching(cast(Context, SimpleNamespace(**parts)))
        self.findings = Findings()

    def device(self, of: ObjectKey = TILL, *, uid: str = "", mode: str = "Manage") -> HostUid:
        site = SimpleNamespace(fleet=self.fleet, project=Project(P1, "retail"), connection="default")
        return self._matching.device(of, resource(of, uid, mode), cast(Site, site), self.findings)


def resource(of: ObjectKey, uid: str, mode: str) -> EdgeHost:
    spec: dict[str, Any] = {"connectionRef": {"name": "default"}, "mode": mode, "adoption": {"match": {"tags": IN_42}}}
    return parse_edge_host(resource_body(of, status={"uid": uid} if uid else {}) | {"spec": spec})


def marked(uid: str, **labels: str) -> HostRow:
    return host_row(uid, labels=IDENTITY.mark(TILL) | labels)


def test_the_device_that_was_found_is_kept_whatever_its_tags_say_now() -> None:
    assert Desk(host_row("d1"), host_row("d2", labels=IN_42)).device(uid="d1") == "d1"


def test_a_device_with_our_mark_is_ours_when_the_status_was_lost() -> None:
    assert Desk(marked("d1"), host_row("d2", labels=IN_42)).device() == "d1"


def test_of_two_devices_with_our_mark_none_is_taken() -> None:
    with pytest.raises(Stalled) as caught:
        Desk(marked("d1"), marked("d2", site="42")).device()

    assert caught.value.reason == "AmbiguousOwner"


def test_what_was_found_is_held_against_others_before_it_carries_a_mark() -> None:
    desk = Desk(host_row("d1", labels=IN_42))

    assert desk.device(TILL) == "d1"
    with pytest.raises(Stalled, match="d1 of EdgeHost retail/till"):
        desk.device(OTHER)


def test_an_observer_holds_nothing() -> None:
    desk = Desk(host_row("d1", labels=IN_42))

    assert desk.device(OTHER, mode="Observe") == "d1"
    assert desk.device(TILL) == "d1"


def test_while_none_matches_the_next_listing_wakes() -> None:
    desk = Desk(host_row("d1", labels={"site": "43"}))

    with pytest.raises(Waiting) as caught:
        desk.device()

    assert (caught.value.reason, desk.findings.stage) == ("AwaitingRegistration", "Registered")
    assert {type_: c.status for type_, c in desk.findings.conditions.items()} == {"Owned": "True", "Synced": "True"}
    assert desk.wakes.waiting_for(waking.fleet_pass("default")) == (TILL,)


def test_before_the_fleet_was_seen_nothing_is_said() -> None:
    desk = Desk(seen=False)

    with pytest.raises(ReconcileError) as caught:
        desk.device()

    assert isinstance(caught.value, NotSeenYet)
    assert desk.wakes.waiting_for(waking.fleet_pass("default")) == (TILL,)
