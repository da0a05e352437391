"""What a connection that is edited keeps, though its client and its view of the fleet are made anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

import pytest

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.leadership import always
from palette_operator.kube.objects import ObjectCache
from palette_operator.palette.fleet import Fleet, Snapshot
from palette_operator.reconcile.connection.reconciler import ConnectionReconciler
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.finalizer import Finalizer
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.sites import Link, Sites
from palette_operator.reconcile.waker import Waker
from support.builders import IDENTITY, NOW
from support.fake_kube import FakeKubeApi, resource_body
from support.palette_api import ADMIN_KEY, PROJECT, PaletteApi, serve_palette

CONNECTION = ObjectKey("PaletteConnection", "", "default")


@pytest.fixture(autouse=True)
def _no_passes_but_the_tests_own(monkeypatch: pytest.MonkeyPatch) -> None:
    async def rest(_: Fleet) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Fleet, "run", rest)


class Desk:
    """One connection to a simulated Palette."""

    def __init__(self, api: PaletteApi) -> None:
        spec = {
            "endpoint": api.palette.endpoint,
            "project": PROJECT,
            "auth": {"apiKeySecretRef": {"name": "key", "key": "apiKey"}},
            "allowedNamespaces": {"all": True},
        }
        self.api = api
        self.body = resource_body(CONNECTION) | {"spec": spec}
        self.kube = FakeKubeApi(self.body)
        self.objects = ObjectCache()
        self.objects.put(self.body)
        self.sites = Sites(lambda _: True, _no_labels, lambda: 0.0, 90.0)
        parts = SimpleNamespace(
            settings=SimpleNamespace(search_lag_s=60.0, replica="pod-1", namespace="palette-system"),
            identity=IDENTITY,
            leads=always,
            objects=self.objects,
            secrets=SimpleNamespace(value=_api_key),
            finalizer=Finalizer(self.kube, self.objects),
            reporter=Reporter(self.kube, self.objects, lambda *_: None, lambda: NOW),
            sites=self.sites,
            now=lambda: NOW,
            monotonic=lambda: 0.0,
        )
        waker = SimpleNamespace(wake=lambda *_: None, wake_key=lambda *_: None, wake_uids=lambda *_: None)
        self.reconciler = ConnectionReconciler(cast(Context, parts), cast(Waker, waker))

    async def edited(self, **spec: object) -> Link:
        """Apply the connection with these fields; return the link that it leads to."""
        self.kube.edit(CONNECTION, spec)
        self.objects.put(self.kube.bodies[CONNECTION])
        findings = await self.reconciler.reconcile(CONNECTION)
        assert findings.error is None
        link = self.sites.link(CONNECTION.name)
        assert link is not None
        return link


async def _no_labels(_: str) -> dict[str, str]:
    return {}


async def _api_key(*_: object) -> str:
    return ADMIN_KEY


def fleet_of(link: Link) -> Fleet:
    [project] = link.projects.values()
    return project.fleet


@asynccontextmanager
async def a_desk() -> AsyncIterator[Desk]:
    async with serve_palette() as api:
        desk = Desk(api)
        try:
            yield desk
        finally:
            await desk.reconciler.aclose()


async def test_an_edit_grants_no_deletions_once_more() -> None:
    async with a_desk() as desk:
        before = await desk.edited()
        before.guard.spend("c1")

        after = await desk.edited(rateLimit={"share": "0.6"})

        assert after is not before
        assert after.guard.left(10, "c2") == 9


async def test_a_fleet_that_has_shrunk_by_the_first_pass_after_an_edit_is_noticed_and_stays_so_over_another() -> None:
    async with a_desk() as desk:
        before = await desk.edited()
        desk.api.ready_hosts(5)
        await fleet_of(before).make_pass()
        desk.api.palette.hosts.clear()

        fleet = fleet_of(await desk.edited(rateLimit={"share": "0.6"}))
        assert fleet.shrank is None
        fleet.adopt(Snapshot(NOW))
        assert fleet.shrank is not None

        assert fleet_of(await desk.edited(rateLimit={"share": "0.7"})).shrank is not None
