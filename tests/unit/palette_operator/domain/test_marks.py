"""The mark by which the operator knows its own again, and tags as Palette keeps them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.marks import (
    INSTANCE_LABEL,
    OWNER_LABEL,
    Identity,
    label_differences,
    labels_from_tags,
    merged_labels,
)
from support.builders import key

HOME = Identity("retail-operator", "management-1")
REBUILT = Identity("retail-operator", "management-2")
TAKING_OVER = Identity("retail-operator", "management-2", takeover=True)
OTHER_OPERATOR = Identity("lab-operator", "management-1", takeover=True)
STORE = key("store")

NAMES = st.text("abcdefgh-.", min_size=1, max_size=8)
KEYS = st.builds(ObjectKey, st.sampled_from(["PaletteCluster", "EdgeHost"]), NAMES, NAMES)


def test_a_mark_never_changes_between_versions_of_the_operator() -> None:
    assert HOME.mark(STORE) == {
        "palette-operator-owner": "65e76e6ce81dacb1ecb39bc3b66a43e5",
        "palette-operator-instance": "management-1",
    }


WHOSE = {
    "the operator that set it": (HOME, STORE, True),
    "another resource": (HOME, key("other"), False),
    "the same name in another namespace": (HOME, key(namespace="lab"), False),
    "the same name of another kind": (HOME, key(kind="EdgeHost"), False),
    "the same operator id in another management cluster": (REBUILT, STORE, False),
    "the same operator id in a rebuilt management cluster": (TAKING_OVER, STORE, True),
    "another operator id, whatever it takes over": (OTHER_OPERATOR, STORE, False),
}


@pytest.mark.parametrize(("who", "for_key", "owns"), WHOSE.values(), ids=WHOSE)
def test_a_mark_set_from_home_is_owned_by(who: Identity, for_key: ObjectKey, owns: bool) -> None:
    assert who.owns(HOME.mark(STORE), for_key) is owns


def test_a_mark_without_its_instance_is_still_ours() -> None:
    assert HOME.owns({OWNER_LABEL: HOME.owner(STORE)}, STORE)
    assert not HOME.owns({INSTANCE_LABEL: HOME.instance}, STORE)


@given(KEYS, KEYS)
def test_two_resources_never_share_a_mark(one: ObjectKey, other: ObjectKey) -> None:
    assert (HOME.owner(one) == HOME.owner(other)) == (one == other)


def test_tags_keep_colons_and_a_tag_without_value_gets_palettes_word_for_it() -> None:
    assert labels_from_tags({"image": "r.example.com:5000/os:1", "spare": ""}) == {
        "image": "r.example.com:5000/os:1",
        "spare": "spectro__tag",
    }


LABELS = st.dictionaries(st.sampled_from("abcde"), st.sampled_from("123"))
OURS_BEFORE = st.frozensets(st.sampled_from("abcde"))


@given(LABELS, LABELS, OURS_BEFORE)
def test_what_is_sent_keeps_others_labels_sets_ours_and_drops_what_we_dropped(
    found: dict[str, str], ours: dict[str, str], before: frozenset[str]
) -> None:
    sent = merged_labels(found, ours, formerly_ours=before)

    for name in "abcde":
        expected = ours.get(name, None if name in before else found.get(name))
        assert sent.get(name) == expected


@given(LABELS, LABELS, OURS_BEFORE, OURS_BEFORE)
def test_an_ignored_tag_is_neither_set_nor_removed_nor_told_of(
    found: dict[str, str], ours: dict[str, str], before: frozenset[str], ignored: frozenset[str]
) -> None:
    ignore = {f"/spec/tags/{name}" for name in ignored}
    wanted, stale, differences = label_differences(ours, found, before, ignore)

    assert not ignored & {*wanted, *stale}
    assert not ignore & {difference.path for difference in differences}


def test_ignoring_all_tags_leaves_the_mark_to_be_put_back() -> None:
    mark = HOME.mark(STORE)
    wanted, stale, differences = label_differences(mark | {"site": "1"}, {"old": "x"}, {"old"}, {"/spec/tags"})

    assert (wanted, stale) == (mark, ())
    assert [d.path for d in differences] == [
        "/metadata/mark/palette-operator-instance",
        "/metadata/mark/palette-operator-owner",
    ]
