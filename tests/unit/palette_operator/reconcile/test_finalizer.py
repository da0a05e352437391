"""Our finalizer: written once, on the version that was seen, and beside those of others."""

from typing import Any

import pytest

from palette_operator.kube.errors import Conflict
from palette_operator.kube.objects import ObjectCache
from palette_operator.reconcile.finalizer import FINALIZER, Finalizer
from support.builders import key
from support.fake_kube import FakeKubeApi, resource_body

STORE = key("store")
UID = "uid-store"
OTHERS = "example.com/theirs"


def setting(**metadata: Any) -> tuple[FakeKubeApi, ObjectCache, Finalizer]:  # noqa: ANN401 - any field of the metadata
    api, objects = FakeKubeApi(resource_body(STORE, **metadata)), ObjectCache()
    objects.put(api.bodies[STORE])
    return api, objects, Finalizer(api, objects)


def finalizers(api: FakeKubeApi) -> object:
    return api.bodies[STORE]["metadata"].get("finalizers")


async def test_it_is_added_beside_those_of_others() -> None:
    api, objects, finalizer = setting(finalizers=[OTHERS])

    version = await finalizer.add(STORE)

    assert finalizers(api) == [OTHERS, FINALIZER]
    assert finalizer.is_set(STORE)
    assert version == objects.version(STORE) == "8"


async def test_it_is_not_written_again() -> None:
    api, _, finalizer = setting()
    await finalizer.add(STORE)

    assert await finalizer.add(STORE, seen="8") == "8"
    assert api.writes == ["finalizers"]


async def test_it_is_not_added_to_a_version_that_was_not_seen() -> None:
    api, objects, finalizer = setting()
    api.touch(STORE)
    objects.put(api.bodies[STORE])

    with pytest.raises(Conflict):
        await finalizer.add(STORE, seen="7")
    assert api.writes == []


async def test_it_is_not_written_over_a_change_that_the_watch_has_not_shown_yet() -> None:
    api, _, finalizer = setting()
    api.touch(STORE)

    with pytest.raises(Conflict):
        await finalizer.add(STORE, seen="7")
    assert finalizers(api) is None


async def test_it_is_taken_off_and_those_of_others_stay() -> None:
    api, objects, finalizer = setting(finalizers=[OTHERS, FINALIZER], deletionTimestamp="2026-03-01T02:00:00Z")

    await finalizer.remove(STORE, uid=UID)
    await finalizer.remove(STORE, uid=UID)

    assert finalizers(api) == [OTHERS]
    assert api.writes == ["finalizers"]
    assert objects.get(STORE) is not None


async def test_a_resource_that_nothing_holds_any_more_is_forgotten() -> None:
    _, objects, finalizer = setting(finalizers=[FINALIZER], deletionTimestamp="2026-03-01T02:00:00Z")

    await finalizer.remove(STORE, uid=UID)

    assert objects.get(STORE) is None


async def test_a_resource_that_has_gone_already_needs_no_letting_go() -> None:
    api, objects, finalizer = setting(finalizers=[FINALIZER])
    del api.bodies[STORE]

    await finalizer.remove(STORE, uid=UID)

    assert objects.get(STORE) is None


async def test_the_answer_to_a_write_does_not_bring_back_what_has_gone_meanwhile() -> None:
    api, objects, finalizer = setting()
    api.after_write = lambda _: objects.drop(api.bodies[STORE])

    await finalizer.add(STORE)

    assert objects.get(STORE) is None


async def test_that_one_has_gone_is_no_news_of_the_one_made_again() -> None:
    api, objects, finalizer = setting(finalizers=[FINALIZER])
    anew = resource_body(STORE, version=9, uid="made-anew")

    def replace(_: str) -> None:
        del api.bodies[STORE]
        objects.put(anew)

    api.before_write = replace
    await finalizer.remove(STORE, uid=UID)

    assert objects.get(STORE) is anew


async def test_another_of_its_name_stays_held() -> None:
    api, objects, finalizer = setting(finalizers=[FINALIZER], uid="made-anew")

    await finalizer.remove(STORE, uid=UID)

    assert finalizers(api) == [FINALIZER]
    last = objects.get(STORE)
    assert last is not None
    assert not finalizer.has_let_go(last)


async def test_what_was_let_go_here_is_known_until_it_has_gone() -> None:
    api, objects, finalizer = setting(finalizers=[FINALIZER], deletionTimestamp="2026-03-01T02:00:00Z")
    last = objects.get(STORE)
    assert last is not None
    told: list[bool] = []
    api.before_write = lambda _: told.append(finalizer.has_let_go(last))  # its end is heard of before the answer

    await finalizer.remove(STORE, uid=UID)

    assert told == [True]
    assert not finalizer.has_let_go(last), "another of its uid was not let go here"
