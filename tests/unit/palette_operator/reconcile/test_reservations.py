"""Claims on hosts and names: one holder each, whatever the order."""

from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.identifiers import HostUid, ObjectKey, ProjectUid
from palette_operator.reconcile.reservations import Reservations
from support.builders import key

ONE, OTHER = key("store-1"), key("store-2")
P1, P2 = ProjectUid("p1"), ProjectUid("p2")
H1, H2 = HostUid("h1"), HostUid("h2")


def test_who_claims_first_holds_a_host() -> None:
    reservations = Reservations()
    reservations.claim_hosts(ONE, [H1])
    reservations.claim_hosts(OTHER, [H1, H2])

    assert reservations.holder(H1) == ONE
    assert reservations.holder(H2) == OTHER
    assert reservations.holder(H1, other_than=ONE) is None


def test_a_new_claim_gives_up_what_it_does_not_name() -> None:
    reservations = Reservations()
    reservations.claim_hosts(ONE, [H1, H2])
    reservations.claim_hosts(ONE, [H2])
    reservations.claim_hosts(OTHER, [H1])

    assert (reservations.holder(H1), reservations.holder(H2)) == (OTHER, ONE)


def test_a_name_is_held_once_in_a_project() -> None:
    reservations = Reservations()

    assert reservations.claim_name(ONE, P1, "store") is None
    assert reservations.claim_name(ONE, P1, "store") is None
    assert reservations.claim_name(OTHER, P1, "store") == ONE
    assert reservations.claim_name(OTHER, P2, "store") is None


def test_who_is_refused_a_name_has_none() -> None:
    reservations = Reservations()
    reservations.claim_name(ONE, P1, "store")
    reservations.claim_name(OTHER, P1, "spare")
    reservations.claim_name(OTHER, P1, "store")

    assert reservations.claim_name(key("store-3"), P1, "spare") is None


CLAIMS = st.lists(
    st.tuples(
        st.sampled_from(["hosts", "name", "release"]),
        st.sampled_from([ONE, OTHER, key("store-3")]),
        st.lists(st.sampled_from([H1, H2, HostUid("h3")]), unique=True),
        st.sampled_from(["a", "b"]),
    ),
    max_size=12,
)


@given(CLAIMS)
def test_a_claim_is_held_from_when_it_was_granted_until_it_is_given_up(
    claims: list[tuple[str, ObjectKey, list[HostUid], str]],
) -> None:
    reservations = Reservations()
    hosts: dict[HostUid, ObjectKey] = {}
    names: dict[str, ObjectKey] = {}
    for what, owner, wanted, name in claims:
        if what in {"hosts", "release"}:
            hosts = {uid: holder for uid, holder in hosts.items() if holder != owner}
        if what in {"name", "release"}:
            names = {taken: holder for taken, holder in names.items() if holder != owner}
        match what:
            case "hosts":
                reservations.claim_hosts(owner, wanted)
                hosts = dict.fromkeys(wanted, owner) | hosts
            case "name":
                refused = reservations.claim_name(owner, P1, name)
                assert refused == names.get(name)
                names.setdefault(name, owner)
            case "release":
                reservations.release(owner)

        assert {uid: reservations.holder(uid) for uid in (H1, H2, HostUid("h3"))} == {
            uid: hosts.get(uid) for uid in (H1, H2, HostUid("h3"))
        }


def test_a_device_is_held_by_one_resource_until_that_lets_go_of_it() -> None:
    reservations = Reservations()
    first, second = key("edge-1", "EdgeHost"), key("edge-2", "EdgeHost")

    assert reservations.claim_device(first, P1, H1) is None
    assert reservations.claim_device(second, P1, H1) == first
    assert reservations.claim_device(second, P2, H1) is None
    assert reservations.device_holder(P1, H1, other_than=second) == first
    assert reservations.device_holder(P1, H1, other_than=first) is None

    reservations.claim_device(first, P1, H2)
    assert reservations.claim_device(second, P1, H1) is None
    reservations.release(first)
    assert reservations.device_holder(P1, H2, other_than=second) is None
