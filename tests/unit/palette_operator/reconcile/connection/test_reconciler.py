"""A connection: what is kept of it, and for how long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.kube.objects import Body, ObjectCache
from palette_operator.reconcile.connection import ConnectionReconciler
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.finalizer import Finalizer
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.sites import Sites
from palette_operator.reconcile.waker import Waker
from palette_operator.reconcile.waking import WakeIndex
from support.builders import IDENTITY, NOW, key
from support.fake_kube import FakeKubeApi, resource_body
from support.palette_api import PROJECT, PaletteApi, serve_palette

CONNECTION = key("default", "PaletteConnection", namespace="")


class Desk:
    """A connection to a simulated Palette that does not know its key."""

    def __init__(self, api: PaletteApi) -> None:
        self.palette = api.palette
        self.kube, self.objects = FakeKubeApi(), ObjectCache()
        self.wakes = WakeIndex()
        context = cast(Context, SimpleNamespace(**self._parts()))
        self.reconciler = ConnectionReconciler(context, Waker({}, self.wakes))
        self.create("first")

    def _parts(self) -> dict[str, Any]:
        async def value(*_: object) -> str:
            return "no-key-of-palette"

        async def labels(_: str) -> Mapping[str, str]:
            return {}

        return {
            "settings": SimpleNamespace(namespace="palette-system", search_lag_s=60.0, replica="pod-1"),
            "identity": IDENTITY,
            "leads": lambda: True,
            "api": self.kube,
            "objects": self.objects,
            "secrets": SimpleNamespace(value=value),
            "finalizer": Finalizer(self.kube, self.objects),
            "reporter": Reporter(self.kube, self.objects, lambda *_: None, lambda: NOW),
            "wakes": self.wakes,
            "sites": Sites(lambda _: True, labels, lambda: 0.0, 300.0),
            "now": lambda: NOW,
            "monotonic": lambda: 0.0,
        }

    def create(self, uid: str) -> None:
        auth = {"apiKeySecretRef": {"name": "key", "key": "apiKey"}}
        spec = {"endpoint": self.palette.endpoint, "project": PROJECT, "auth": auth, "allowedNamespaces": {"all": True}}
        body: Body = resource_body(CONNECTION, uid=uid, status={}) | {"spec": spec}
        self.kube.bodies[CONNECTION] = body
        self.objects.put(body)

    def delete(self) -> None:
        self.objects.drop(self.kube.bodies.pop(CONNECTION))

    async def look(self) -> None:
        await self.reconciler.reconcile(CONNECTION)

    @property
    def asked(self) -> int:
        return len(self.palette.requests.entries)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with serve_palette() as api:
        yield Desk(api)


async def test_a_key_that_was_refused_is_not_tried_again_soon(desk: Desk) -> None:
    await desk.look()
    asked = desk.asked
    await desk.look()

    assert asked > 0
    assert desk.asked == asked


async def test_a_refusal_is_forgotten_with_its_connection(desk: Desk) -> None:
    await desk.look()
    asked = desk.asked
    desk.delete()
    await desk.look()
    desk.create("second")
    await desk.look()

    assert desk.asked > asked
