"""Choosing hosts by label: a choice is kept, and nobody's host is taken."""

from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.resources import LabelSelector
from palette_operator.domain.selection import Candidate, choose_hosts
from palette_operator.reconcile.reservations import Reservations
from support.builders import key

SITE = LabelSelector(match_labels={"site": "42"})
UIDS = [HostUid(f"h{number}") for number in range(6)]

CANDIDATES = st.tuples(
    *(
        st.builds(
            Candidate,
            uid=st.just(uid),
            name=st.just(f"edge-{uid}"),
            labels=st.sampled_from([{"site": "42"}, {"site": "1"}]),
            usable=st.booleans(),
        )
        for uid in UIDS
    )
)
SOME = st.lists(st.sampled_from(UIDS), unique=True)


@given(CANDIDATES, st.integers(1, 6), SOME, SOME)
def test_a_choice_is_kept_and_filled_up_with_what_is_free_and_fit(
    candidates: tuple[Candidate, ...], count: int, before: list[HostUid], taken: list[HostUid]
) -> None:
    chosen = choose_hosts(SITE, count, candidates, chosen_before=before, taken=taken)

    by_uid = {candidate.uid: candidate for candidate in candidates}
    assert len(chosen) == len(set(chosen)) <= count
    assert not set(chosen) & set(taken)
    assert all(by_uid[uid].labels == {"site": "42"} for uid in chosen)
    assert all(by_uid[uid].usable or uid in before for uid in chosen)
    kept = [uid for uid in before if by_uid[uid].labels == {"site": "42"} and uid not in taken]
    assert list(chosen[: len(kept)]) == kept[:count]


@given(CANDIDATES, st.integers(1, 6), SOME)
def test_choosing_again_changes_nothing(candidates: tuple[Candidate, ...], count: int, taken: list[HostUid]) -> None:
    first = choose_hosts(SITE, count, candidates, chosen_before=(), taken=taken)

    assert choose_hosts(SITE, count, reversed(candidates), chosen_before=first, taken=taken) == first


@given(
    CANDIDATES, st.lists(st.tuples(st.sampled_from(["store-1", "store-2", "store-3"]), st.integers(1, 4)), max_size=8)
)
def test_clusters_that_choose_in_any_order_never_share_a_host(
    candidates: tuple[Candidate, ...], looks: list[tuple[str, int]]
) -> None:
    reservations = Reservations()
    chosen: dict[str, tuple[HostUid, ...]] = {}
    for name, count in looks:
        taken = [uid for uid in UIDS if reservations.holder(uid, other_than=key(name))]
        chosen[name] = choose_hosts(SITE, count, candidates, chosen_before=chosen.get(name, ()), taken=taken)
        reservations.claim_hosts(key(name), chosen[name])

        every = [uid for uids in chosen.values() for uid in uids]
        assert len(every) == len(set(every))
