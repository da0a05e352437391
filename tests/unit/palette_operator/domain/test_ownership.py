"""Whose an object in Palette is: what was found x what the resource asks for x what the connection grants."""

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.marks import OWNER_LABEL, Identity
from palette_operator.domain.observed import ClusterRow
from palette_operator.domain.ownership import Adoptable, Claim, Nobody, NotOurs, Ours, Ownership, whose
from support.builders import IDENTITY, key
from support.rows import cluster_row

STORE = key("store")
OURS = IDENTITY.mark(STORE)
FROM_ANOTHER_CLUSTER = Identity(IDENTITY.operator_id, "management-2").mark(STORE)
ANOTHER_RESOURCE = IDENTITY.mark(key("other"))
ANOTHER_OPERATOR = Identity("lab-operator", "management-9").mark(STORE)

marked = cluster_row("ours", labels=OURS)
second_marked = cluster_row("ours-too", labels=OURS)
elsewhere = cluster_row("elsewhere", labels=FROM_ANOTHER_CLUSTER)
others = cluster_row("others", labels=ANOTHER_RESOURCE)
foreign_operators = cluster_row("foreign", labels=ANOTHER_OPERATOR)
unmarked = cluster_row("unmarked", labels={"team": "edge"})
second_unmarked = cluster_row("unmarked-too")


def claim(adoption: str, *, granted: bool = True, identity: Identity = IDENTITY) -> Claim:
    return Claim(STORE, identity, adoption, may_adopt_foreign=granted)


@dataclass(frozen=True)
class Case:
    """A claim, what was found, and whose it is: a uid, or the reason why it is nobody's to touch."""

    claim: Claim
    found: list[ClusterRow]
    want: str


TAKEOVER = Identity(IDENTITY.operator_id, IDENTITY.instance, takeover=True)

CASES = {
    "what carries our mark is ours, whatever the policy": Case(claim("IfOwned", granted=False), [marked], "ours: ours"),
    "ours wins over a namesake": Case(claim("IfOwned"), [unmarked, others, marked], "ours: ours"),
    "two with our mark are never guessed between": Case(claim("IfOwned"), [marked, second_marked], "AmbiguousOwner"),
    "nothing found is nobody's": Case(claim("IfExists"), [], "nobody"),
    "the mark of another resource is respected": Case(claim("IfExists"), [others], "OwnedByAnother"),
    "the mark of another operator is respected": Case(claim("IfExists"), [foreign_operators], "OwnedByAnother"),
    "our id in another management cluster is respected": Case(claim("IfExists"), [elsewhere], "OwnedByAnother"),
    "our id in another management cluster is ours after a takeover": Case(
        claim("IfOwned", identity=TAKEOVER), [elsewhere], "ours: elsewhere"
    ),
    "a takeover does not extend to other operators": Case(
        claim("IfExists", identity=TAKEOVER), [foreign_operators], "OwnedByAnother"
    ),
    "one without mark is not taken over unasked": Case(claim("IfOwned"), [unmarked], "AdoptionRequired"),
    "one without mark is taken over where asked and granted": Case(
        claim("IfExists"), [unmarked], "adoptable: unmarked"
    ),
    "one without mark is taken over where it is required to exist": Case(
        claim("Required"), [unmarked], "adoptable: unmarked"
    ),
    "one without mark is not taken over without the grant": Case(
        claim("IfExists", granted=False), [unmarked], "AdoptionRequired"
    ),
    "two without mark are never guessed between": Case(
        claim("IfExists"), [unmarked, second_unmarked], "AdoptionRequired"
    ),
    "a namesake of another resource keeps one without mark from being taken": Case(
        claim("IfExists"), [unmarked, others], "OwnedByAnother"
    ),
}


def told(ownership: Ownership[ClusterRow]) -> str:
    match ownership:
        case Ours(item=row):
            return f"ours: {row.uid}"
        case Adoptable(item=row):
            return f"adoptable: {row.uid}"
        case NotOurs(reason=reason, message=message):
            assert message
            return reason
        case Nobody():
            return "nobody"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_whose(case: Case) -> None:
    assert told(whose(case.claim, case.found, what="cluster 'store'")) == case.want


def test_what_is_elsewhere_than_in_palette_is_told_to_be_there() -> None:
    judged = whose(claim("IfOwned"), [unmarked], what="cluster 'store'", where="on edge host a")

    assert isinstance(judged, NotOurs)
    assert judged.message.startswith("cluster 'store' already exists on edge host a and is not ours")


def test_who_may_take_over_is_told_what_to_set_and_where() -> None:
    unasked = whose(claim("IfOwned"), [unmarked], what="cluster 'store'")
    ungranted = whose(claim("IfExists", granted=False), [unmarked], what="cluster 'store'")

    assert isinstance(unasked, NotOurs)
    assert "spec.adoption.policy" in unasked.message
    assert isinstance(ungranted, NotOurs)
    assert "spec.allow.adoptForeign" in ungranted.message


FOUND = st.lists(
    st.sampled_from([marked, second_marked, elsewhere, others, foreign_operators, unmarked, second_unmarked]),
    unique_by=lambda row: row.uid,
)
CLAIMS = st.builds(
    Claim,
    st.just(STORE),
    st.sampled_from([IDENTITY, TAKEOVER]),
    st.sampled_from(["IfOwned", "IfExists", "Required"]),
    st.booleans(),
)


@given(CLAIMS, FOUND)
def test_what_another_has_marked_is_never_touched(claimed: Claim, found: list[ClusterRow]) -> None:
    judged = whose(claimed, found, what="cluster 'store'")

    match judged:
        case Ours(item=row):
            assert row.labels[OWNER_LABEL] == IDENTITY.owner(STORE)
            assert claimed.identity.takeover or row.labels == OURS
        case Adoptable(item=row):
            assert OWNER_LABEL not in row.labels
            assert claimed.may_adopt_foreign
            assert claimed.adoption != "IfOwned"


@given(CLAIMS, FOUND, st.randoms(use_true_random=False))
def test_the_order_of_a_listing_does_not_decide(claimed: Claim, found: list[ClusterRow], random: Random) -> None:
    shuffled = found[:]
    random.shuffle(shuffled)

    assert told(whose(claimed, found, what="it")) == told(whose(claimed, shuffled, what="it"))
