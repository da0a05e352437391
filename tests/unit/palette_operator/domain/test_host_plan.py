"""What is written to Palette for an edge host: one row a rule."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.actions import RegisterHost, SetHostPairingKey, SetHostTunnel
from palette_operator.domain.desired import DesiredHostRegistration
from palette_operator.domain.host_plan import HostMemory, plan_host
from palette_operator.domain.marks import merged_labels
from palette_operator.domain.observed import HostRow
from support.builders import registration
from support.rows import host_row

SENT, CHANGED = "hash of what was sent", "hash of what is asked for now"
REMEMBERED = HostMemory(settings_hash=SENT)


@dataclass(frozen=True)
class Case:
    """What the spec asks for, what Palette lists, and the writes between the two."""

    do: list[str]
    spec: DesiredHostRegistration = field(default_factory=registration)
    seen: HostRow | None = field(default_factory=host_row)
    memory: HostMemory = REMEMBERED
    settings_hash: str = SENT
    ignore: frozenset[str] = frozenset()


CASES = {
    "a host known to be absent is registered": Case(["register edge host h1"], seen=None),
    "a host that is as wanted is left alone": Case([]),
    "a tag that is missing is set": Case(["set tags site"], registration(labels={"site": "42"})),
    "a tag that somebody else set stays": Case([], seen=host_row(labels={"team": "edge"})),
    "a tag that we set and the spec dropped is removed": Case(
        ["set tags site"], seen=host_row(labels={"site": "42"}), memory=HostMemory(frozenset({"site"}), SENT)
    ),
    "an ignored tag is left as it is": Case(
        [], registration(labels={"site": "42"}), host_row(labels={"site": "1"}), ignore=frozenset({"/spec/tags/site"})
    ),
    "an ignored tag stays when the spec drops it": Case(
        [],
        seen=host_row(labels={"site": "42", "region": "emea"}),
        memory=HostMemory(frozenset({"site", "region"}), SENT),
        ignore=frozenset({"/spec/tags"}),
    ),
    "an ignored tag does not hide one that the spec dropped": Case(
        ["set tags region"],
        seen=host_row(labels={"site": "42", "region": "emea"}),
        memory=HostMemory(frozenset({"site", "region"}), SENT),
        ignore=frozenset({"/spec/tags/site"}),
    ),
    "a changed remote shell is sent": Case(
        ["enable the remote shell"], registration(remote_shell=True), settings_hash=CHANGED
    ),
    "a remote shell that was sent is not sent again": Case([], registration(remote_shell=True)),
    "a remote shell that the spec does not mention is not touched": Case([], settings_hash=CHANGED),
    "a remote shell is switched off when the spec says so": Case(
        ["disable the remote shell"], registration(remote_shell=False), settings_hash=CHANGED
    ),
    "an ignored remote shell is not touched": Case(
        [], registration(remote_shell=True), settings_hash=CHANGED, ignore=frozenset({"/spec/remoteShell"})
    ),
    "a changed pairing key is sent while the device is awaited": Case(
        ["set the pairing key"],
        registration(pairing_key="hush"),
        host_row(state="unpaired"),
        settings_hash=CHANGED,
    ),
    "a changed pairing key means nothing to a device that is paired": Case(
        [], registration(pairing_key="hush"), settings_hash=CHANGED
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_plan(case: Case) -> None:
    planned = plan_host(case.spec, case.seen, case.memory, case.settings_hash, ignore=case.ignore)

    assert [str(action) for action in planned] == case.do


def test_the_temporary_user_stays_off_unless_asked_for() -> None:
    planned = plan_host(registration(remote_shell=True), host_row(), HostMemory(), CHANGED)

    assert [(a.remote_shell, a.temporary_user) for a in planned if isinstance(a, SetHostTunnel)] == [(True, False)]


@pytest.mark.parametrize(
    "action",
    [
        RegisterHost(registration(pairing_key="hush")),
        *plan_host(registration(pairing_key="hush"), host_row(state="unpaired"), HostMemory(), CHANGED),
    ],
    ids=["on registering", "on sending it later"],
)
def test_a_pairing_key_is_never_shown(action: RegisterHost | SetHostPairingKey) -> None:
    assert "hush" not in f"{action!r} {action}"


TAGS = st.dictionaries(st.sampled_from(["site", "region", "owner"]), st.sampled_from(["1", "2"]))


@given(TAGS, TAGS, st.frozensets(st.sampled_from(["site", "region", "owner"])))
def test_one_write_sets_our_tags_keeps_theirs_and_then_nothing_is_planned(
    wanted: dict[str, str], found: dict[str, str], ours: frozenset[str]
) -> None:
    spec, memory = registration(labels=wanted), HostMemory(ours, SENT)
    planned = plan_host(spec, host_row(labels=found), memory, SENT)
    after = found
    for action in planned:
        after = merged_labels(after, getattr(action, "labels", {}), formerly_ours=getattr(action, "remove", ()))

    assert after == {key: value for key, value in found.items() if key not in ours} | wanted
    assert plan_host(spec, host_row(labels=after), memory, SENT) == ()
