"""Who waits for what: a dependency that arrives wakes those who asked for it, and nobody else."""

import asyncio

from palette_operator.domain.identifiers import ClusterUid, HostUid, ObjectKey
from palette_operator.reconcile.queue import WorkQueue
from palette_operator.reconcile.waker import Waker
from palette_operator.reconcile.waking import WakeIndex, edge_hosts_in, fleet_pass, resource
from support.builders import key

STORE, OTHER = key("store"), key("other")
HOST = key("edge-1", kind="EdgeHost")
CONNECTION = key("default", kind="PaletteConnection")


def test_who_waits_is_woken_and_nobody_else() -> None:
    wakes = WakeIndex()
    wakes.subscribe(STORE, [resource(HOST), fleet_pass("default")])
    wakes.subscribe(OTHER, [edge_hosts_in("retail")])

    assert wakes.waiting_for(resource(HOST)) == (STORE,)
    assert wakes.waiting_for(edge_hosts_in("retail")) == (OTHER,)
    assert wakes.waiting_for(edge_hosts_in("lab")) == ()


def test_all_who_wait_for_one_thing_are_woken() -> None:
    wakes = WakeIndex()
    wakes.subscribe(STORE, [fleet_pass("default")])
    wakes.subscribe(OTHER, [fleet_pass("default")])

    assert set(wakes.waiting_for(fleet_pass("default"))) == {STORE, OTHER}


def test_each_look_replaces_what_was_waited_for() -> None:
    wakes = WakeIndex()
    wakes.subscribe(STORE, [resource(HOST)])
    wakes.subscribe(STORE, [resource(CONNECTION)])

    assert wakes.waiting_for(resource(HOST)) == ()
    assert wakes.waiting_for(resource(CONNECTION)) == (STORE,)


def test_who_is_gone_waits_for_nothing() -> None:
    wakes = WakeIndex()
    wakes.subscribe(STORE, [resource(HOST)])
    wakes.subscribe(STORE, [])

    assert wakes.waiting_for(resource(HOST)) == ()


def test_kinds_and_namespaces_are_told_apart() -> None:
    topics = {
        resource(HOST),
        resource(key("edge-1", kind="PaletteCluster")),
        resource(key("edge-1", kind="EdgeHost", namespace="lab")),
        edge_hosts_in("retail"),
        fleet_pass("retail"),
    }

    assert len(topics) == 5


async def taken(queue: WorkQueue) -> list[ObjectKey]:
    keys: list[ObjectKey] = []
    while True:
        take = asyncio.ensure_future(queue.take())
        await asyncio.sleep(0)
        if not take.done():
            take.cancel()
            return keys
        keys.append(take.result())


async def test_a_change_in_palette_wakes_the_resource_that_stands_for_it() -> None:
    queues = {kind: WorkQueue(lambda: 0.0) for kind in ("PaletteCluster", "EdgeHost")}
    waker = Waker(queues, WakeIndex())
    waker.learn(STORE, "same-uid")
    waker.learn(HOST, "same-uid")
    waker.learn(OTHER, "")
    waker.wake_uids([ClusterUid("same-uid"), ClusterUid("")], [HostUid("unheard")])

    assert await taken(queues["PaletteCluster"]) == [STORE]
    assert await taken(queues["EdgeHost"]) == []


async def test_a_device_wakes_its_resource_in_each_namespace_and_no_longer_one_that_has_another() -> None:
    queues = {"EdgeHost": WorkQueue(lambda: 0.0)}
    waker = Waker(queues, WakeIndex())
    in_lab = key("edge-1", kind="EdgeHost", namespace="lab")
    moved = key("edge-2", kind="EdgeHost", namespace="lab")
    for host in (HOST, in_lab, moved):
        waker.learn(host, "shared-uid")
    waker.learn(moved, "")
    waker.wake_uids([], [HostUid("shared-uid")])

    assert sorted(await taken(queues["EdgeHost"]), key=str) == sorted([HOST, in_lab], key=str)


async def test_an_arrival_wakes_those_who_wait_in_the_queue_of_their_kind() -> None:
    queues = {kind: WorkQueue(lambda: 0.0) for kind in ("PaletteCluster", "EdgeHost")}
    wakes = WakeIndex()
    wakes.subscribe(STORE, [resource(CONNECTION)])
    wakes.subscribe(HOST, [resource(CONNECTION)])
    Waker(queues, wakes).wake(resource(CONNECTION))

    assert await taken(queues["PaletteCluster"]) == [STORE]
    assert await taken(queues["EdgeHost"]) == [HOST]
