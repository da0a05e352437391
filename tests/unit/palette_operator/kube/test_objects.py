"""The cache of our resources: what comes late changes nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.kube.objects import ObjectCache, key_of
from support.builders import key

STORE = key("store")


def body(version: int, *, uid: str = "u1", of: ObjectKey = STORE) -> dict[str, Any]:
    metadata = {"name": of.name, "uid": uid, "resourceVersion": str(version)}
    return {"kind": of.kind, "metadata": metadata | ({"namespace": of.namespace} if of.namespace else {})}


def test_a_key_names_kind_namespace_and_name_and_a_cluster_scoped_kind_has_no_namespace() -> None:
    assert key_of(body(1)) == STORE
    assert key_of(body(1, of=ObjectKey("PaletteConnection", "", "default"))).namespace == ""


@given(st.permutations([9, 10, 11, 100]))
def test_the_newest_version_stays_whatever_the_order_of_arrival(versions: list[int]) -> None:
    objects = ObjectCache()
    news = [objects.put(body(version)) for version in versions]

    assert objects.version(STORE) == "100"
    assert news == [version > max(versions[:at], default=0) for at, version in enumerate(versions)]


def test_an_object_made_again_under_its_name_counts_whatever_its_version() -> None:
    objects = ObjectCache()
    objects.put(body(100, uid="first"))

    assert objects.put(body(7, uid="second"))
    assert objects.version(STORE) == "7"


@pytest.mark.parametrize("version", [4, 5, 6])
def test_what_comes_late_of_one_that_has_gone_does_not_bring_it_back(version: int) -> None:
    objects = ObjectCache()
    objects.put(body(5))
    objects.drop(body(5))

    assert not objects.put(body(version))
    assert objects.get(STORE) is None


def test_an_end_is_remembered_although_nothing_was_known_of_what_ended() -> None:
    objects = ObjectCache()
    objects.drop(body(5))

    assert not objects.put(body(4))


def test_the_one_before_does_not_come_back_in_place_of_the_one_made_again() -> None:
    objects = ObjectCache()
    objects.put(body(5, uid="first"))
    objects.put(body(7, uid="second"))

    assert not objects.put(body(6, uid="first"))
    assert objects.version(STORE) == "7"


def test_the_one_before_of_which_nothing_was_known_does_not_take_the_place_of_the_one_made_again() -> None:
    objects = ObjectCache()
    first, second = body(5, uid="first"), body(7, uid="second")
    first["metadata"]["creationTimestamp"] = "2026-03-01T02:00:00Z"
    second["metadata"]["creationTimestamp"] = "2026-03-01T02:00:01Z"
    objects.put(second)

    assert not objects.put(first), "a listing that began before its end shows it last"
    assert objects.put(body(8, uid="second") | {"metadata": second["metadata"] | {"resourceVersion": "8"}})


def test_the_end_of_the_one_before_leaves_the_one_made_again() -> None:
    objects = ObjectCache()
    changes: list[object] = []
    objects.put(body(7, uid="second"))
    objects.on_change = lambda *change: changes.append(change)

    objects.drop(body(5, uid="first"))

    assert objects.version(STORE) == "7"
    assert changes == []


def test_so_many_that_have_gone_are_remembered_and_the_first_are_forgotten_first() -> None:
    objects = ObjectCache(remembered=2)
    for uid in ("u1", "u2", "u3"):
        objects.drop(body(5, uid=uid))

    assert [uid for uid in ("u3", "u2", "u1") if objects.put(body(9, uid=uid))] == ["u1"]


def test_a_version_seen_already_is_no_news() -> None:
    objects = ObjectCache()
    changes: list[object] = []
    objects.put(body(5))
    objects.on_change = lambda *change: changes.append(change)

    assert not objects.put(body(5))
    assert not objects.put(body(4))
    assert changes == []


def test_who_listens_hears_what_was_before_and_what_is_after() -> None:
    objects = ObjectCache()
    changes: list[tuple[ObjectKey, str | None, str | None]] = []

    def version(of: dict[str, Any] | None) -> str | None:
        return None if of is None else str(of["metadata"]["resourceVersion"])

    objects.on_change = lambda name, before, after: changes.append((name, version(before), version(after)))
    objects.put(body(1))
    objects.put(body(2))
    objects.drop(body(3))
    objects.drop(body(3))

    assert changes == [(STORE, None, "1"), (STORE, "1", "2"), (STORE, "2", None)]
    assert objects.get(STORE) is None
    assert objects.version(STORE) == ""


def test_objects_are_found_by_kind_and_namespace() -> None:
    objects = ObjectCache()
    host = key("edge-1", kind="EdgeHost")
    for each in (STORE, key("store", namespace="lab"), host):
        objects.put(body(1, of=each))

    assert [key_of(each) for each in objects.of_kind("PaletteCluster", "lab")] == [key("store", namespace="lab")]
    assert sorted(objects.keys("PaletteCluster")) == [key("store", namespace="lab"), STORE]
    assert objects.keys("EdgeHost") == [host]


def test_the_cache_may_change_while_it_is_read() -> None:
    objects = ObjectCache()
    objects.put(body(1))
    objects.put(body(1, of=key("other")))

    for each in objects.of_kind("PaletteCluster"):
        objects.drop(each)

    assert objects.keys("PaletteCluster") == []
