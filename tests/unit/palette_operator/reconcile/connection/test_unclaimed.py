"""What carries our mark and has no resource: told once no listing can lag that far behind, and never too early."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

from palette_operator.domain.identifiers import ClusterUid, HostUid
from palette_operator.domain.marks import INSTANCE_LABEL
from palette_operator.kube.objects import Body, ObjectCache
from palette_operator.palette.snapshot import Listing, Snapshot
from palette_operator.reconcile.connection.unclaimed import Unclaimed
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.sites import Link
from support.builders import IDENTITY, NOW, key
from support.fake_kube import resource_body
from support.rows import cluster_row, host_row

STORE, HOST, CONNECTION = key("store"), key("edge-a", "EdgeHost"), key("default", "PaletteConnection")
LAG_S = 60
STORES_MARK = IDENTITY.mark(STORE)


class Desk:
    """A connection with one project, in which there are a cluster and an edge host of ours."""

    def __init__(self) -> None:
        self.now, self.objects = NOW, ObjectCache()
        for each in (STORE, HOST):
            self.objects.put(resource_body(each))
        self.snapshot: Snapshot | None = None
        self.labels: Mapping[str, str] = STORES_MARK
        self.state = "Running"
        self.body: Body = resource_body(CONNECTION, status={})
        self.restart()

    def restart(self) -> None:
        """Forget all that is only in memory."""
        settings = SimpleNamespace(search_lag_s=LAG_S)
        parts = {"settings": settings, "identity": IDENTITY, "objects": self.objects, "now": lambda: self.now}
        self.snapshot = None
        self.unclaimed = Unclaimed(cast(Context, SimpleNamespace(**parts)))

    def pass_made(self, began_at: datetime) -> None:
        clusters = Listing({ClusterUid("c1"): cluster_row(name="store", labels=self.labels, state=self.state)})
        hosts = Listing({HostUid("h1"): host_row(labels=IDENTITY.mark(HOST))})
        self.snapshot = Snapshot(began_at, clusters, hosts)

    def look(self) -> str:
        """Look once, and write the condition; return its message."""
        fleet = SimpleNamespace(snapshot=self.snapshot)
        project = SimpleNamespace(project=SimpleNamespace(uid="p1"), fleet=fleet)
        findings = Findings()
        link = SimpleNamespace(projects={"p1": project})
        self.unclaimed.note(CONNECTION, self.body, cast(Link, link), findings)
        condition = findings.conditions.get("LeftBehind")
        shown = [{"type": "LeftBehind", "message": condition.message}] if condition else []
        self.body["status"]["conditions"] = shown
        return condition.message if condition else ""

    def after(self, seconds: float) -> str:
        """Let a pass begin, and be looked at, so many seconds after the beginning."""
        self.now = NOW + timedelta(seconds=seconds)
        self.pass_made(self.now)
        return self.look()


def test_what_has_its_resource_is_not_told_of() -> None:
    desk = Desk()

    assert [desk.after(minutes * 60) for minutes in range(5)] == [""] * 5


def test_what_has_none_is_told_of_once_no_listing_can_lag_that_far() -> None:
    desk = Desk()
    desk.objects.drop(resource_body(STORE))

    assert [desk.after(0), desk.after(LAG_S - 1)] == ["", ""]
    assert desk.after(LAG_S) == (
        "marked by us and without a resource: cluster 'store' (c1); apply their resources again to take them up, or "
        "delete them in Palette"
    )


def test_a_pass_that_began_before_says_nothing_however_late_it_is_looked_at() -> None:
    desk = Desk()
    desk.objects.drop(resource_body(STORE))
    desk.after(0)
    desk.pass_made(NOW + timedelta(seconds=LAG_S - 1))
    desk.now = NOW + timedelta(seconds=LAG_S + 30)

    assert desk.look() == ""


def test_what_is_taken_up_again_is_not_told_of_any_more() -> None:
    desk = Desk()
    desk.objects.drop(resource_body(STORE))
    desk.after(0)
    assert desk.after(LAG_S)

    again = resource_body(STORE, uid="made-anew")
    desk.objects.put(again)
    assert desk.after(LAG_S + 1) == ""

    desk.objects.drop(again)
    assert desk.after(LAG_S + 2) == "", "it is waited for anew"


def test_several_are_named_and_many_are_counted() -> None:
    desk = Desk()
    desk.objects.drop(resource_body(STORE))
    desk.objects.drop(resource_body(HOST))
    desk.after(0)
    assert "cluster 'store' (c1), edge host h1;" in desk.after(LAG_S)

    rows = {ClusterUid(f"c{n}"): cluster_row(f"c{n}", name=f"store-{n}", labels=STORES_MARK) for n in range(1, 6)}
    for seconds in (LAG_S + 1, 2 * LAG_S + 1):
        desk.now = NOW + timedelta(seconds=seconds)
        desk.snapshot = Snapshot(desk.now, Listing(rows))
        message = desk.look()
    assert "cluster 'store-1' (c1), cluster 'store-2' (c2), cluster 'store-3' (c3) and 2 more;" in message


def test_what_others_marked_is_theirs() -> None:
    desk = Desk()
    desk.labels = STORES_MARK | {INSTANCE_LABEL: "another management cluster"}
    desk.objects.drop(resource_body(STORE))
    desk.after(0)

    assert desk.after(LAG_S) == ""


def test_what_is_being_deleted_needs_no_resource() -> None:
    desk = Desk()
    desk.state = "Deleting"
    desk.objects.drop(resource_body(STORE))
    desk.after(0)

    assert desk.after(LAG_S) == ""


def test_a_restart_neither_takes_it_back_nor_waits_anew() -> None:
    desk = Desk()
    desk.objects.drop(resource_body(STORE))
    desk.after(0)
    said = desk.after(LAG_S)
    desk.restart()

    assert desk.look() == said, "nothing has been looked at yet"
    assert desk.after(LAG_S + 1) == said


def test_a_connection_that_is_gone_is_forgotten() -> None:
    desk = Desk()
    desk.objects.drop(resource_body(STORE))
    desk.after(0)
    desk.unclaimed.forget(CONNECTION.name)

    assert desk.after(LAG_S) == ""
