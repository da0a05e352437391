"""When a leader is asked for what no round over the hosts shows, and what is made of its silence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from palette_operator.domain.errors import ReconcileError, Unavailable
from palette_operator.domain.identifiers import ClusterUid
from palette_operator.domain.local import Archive, LocalCertificates, LocalCluster, LocalClusterConfig, LocalNode
from palette_operator.edge.client import EdgeClient
from palette_operator.reconcile.cluster.local.readings import Reading, Readings
from palette_operator.reconcile.context import Context
from support.builders import NOW, key

SHIP = key("ship-7")
RUNNING = LocalCluster(name="ship-7", uid=ClusterUid("c1"), state="Running")
CONFIG = LocalClusterConfig(name="ship-7", uid=ClusterUid("c1"))
EMBEDDED = Archive("/opt/embedded")
AWAY = Unavailable("RemoteRejected", "the cluster's own API is away")


@dataclass
class Leader:
    """Tells what it is asked, and counts how often; `lacks` are calls that fail."""

    lacks: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def _answer(self, call: str) -> None:
        self.asked.append(call)
        if call in self.lacks:
            raise AWAY

    async def cluster_config(self) -> LocalClusterConfig | None:
        self._answer("config")
        return CONFIG

    async def nodes(self) -> tuple[LocalNode, ...]:
        self._answer("nodes")
        return (LocalNode("n1", None),)

    async def certificates(self) -> LocalCertificates | None:
        self._answer("certificates")
        return LocalCertificates(None, "", ())

    async def archive(self, which: str) -> Archive | None:
        self._answer("archive")
        return EMBEDDED if which == "embedded" else None


@dataclass
class Desk:
    leader: Leader = field(default_factory=Leader)
    age: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        context = SimpleNamespace(now=lambda: NOW + self.age)
        self.readings = Readings(cast("Context", context))

    async def read(self, cluster: LocalCluster = RUNNING, generation: int = 1) -> Reading:
        return await self.readings.read(SHIP, cast("EdgeClient", self.leader), cluster, generation=generation)


async def test_a_running_cluster_is_read_whole_and_then_kept() -> None:
    desk = Desk()

    first, second = await desk.read(), await desk.read()

    assert (first.config, first.nodes, first.is_fresh) == (CONFIG, (LocalNode("n1", None),), True)
    assert first.archives.at("/opt/embedded") == EMBEDDED
    assert second == replace(first, is_fresh=False)
    assert desk.leader.asked.count("config") == 1


async def test_a_cluster_that_comes_up_is_not_asked_for_its_nodes() -> None:
    desk = Desk()

    reading = await desk.read(replace(RUNNING, state="Provisioning"))

    assert (reading.nodes, reading.certificates) == (None, None)
    assert {"nodes", "certificates"}.isdisjoint(desk.leader.asked)


@pytest.mark.parametrize("what", ["the cluster changed", "the spec changed", "it was written to", "hours have passed"])
async def test_it_is_read_again_when(what: str) -> None:
    desk = Desk()
    await desk.read()
    if what == "it was written to":
        desk.readings.forget(SHIP)
    desk.age = timedelta(hours=6 if what == "hours have passed" else 0)
    changed = replace(RUNNING, is_reboot_pending=True) if what == "the cluster changed" else RUNNING

    reading = await desk.read(changed, 2 if what == "the spec changed" else 1)

    assert reading.is_fresh
    assert desk.leader.asked.count("config") == 2


async def test_nodes_that_cannot_be_told_now_are_not_known() -> None:
    reading = await Desk(Leader(lacks=frozenset({"nodes", "certificates"}))).read()

    assert (reading.config, reading.nodes, reading.certificates) == (CONFIG, None, None)


async def test_without_its_configuration_nothing_is_said_of_a_cluster() -> None:
    with pytest.raises(ReconcileError) as caught:
        await Desk(Leader(lacks=frozenset({"config"}))).read()

    assert caught.value is AWAY
