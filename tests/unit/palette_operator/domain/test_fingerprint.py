"""Keyed hashes of what cannot be read back."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.fingerprint import fingerprint
from support.builders import cluster, pool, profile, variables

KEY = b"a key of this operator"


def test_a_hash_never_changes_between_versions_else_everything_would_be_sent_again() -> None:
    assert fingerprint(KEY, [("edge-base", variables(registry="r.example.com"))]) == "14358b67b309e4a5d9e7f4381723a6cb"


def test_nobody_without_the_key_can_check_a_guess() -> None:
    assert fingerprint(KEY, "hunter2") != fingerprint(b"another key", "hunter2")


def test_secret_values_count() -> None:
    assert fingerprint(KEY, variables(password="a")) != fingerprint(KEY, variables(password="b"))


def test_any_part_of_a_cluster_counts() -> None:
    plain = cluster()
    others = [
        replace(plain, labels={"site": "1"}),
        replace(plain, pools=(pool("control", "h2"),)),
        replace(plain, profiles=(profile("edge-base", "1.5.0"),)),
        replace(plain, cloud=replace(plain.cloud, ntp_servers=("ntp",))),
    ]

    assert len({fingerprint(KEY, each) for each in (plain, *others)}) == 1 + len(others)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), JSON, min_size=2, max_size=4))
def test_the_order_of_keys_means_nothing(content: dict[str, object]) -> None:
    assert fingerprint(KEY, content) == fingerprint(KEY, dict(reversed(content.items())))


@given(st.lists(st.text(max_size=3), max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_parts_never_run_into_each_other(one: list[str], other: list[str]) -> None:
    assert (fingerprint(KEY, *one) == fingerprint(KEY, *other)) == (one == other)
