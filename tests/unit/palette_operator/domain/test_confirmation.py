"""What is looked for twice before it is written, and when two looks agree."""

from dataclasses import dataclass, replace

import pytest

from palette_operator.domain.actions import (
    ApplyProfiles,
    Await,
    ClusterAction,
    CreatePool,
    DeleteMachine,
    Difference,
    ProfileChange,
    RemoveProfiles,
    SetClusterMetadata,
    SetHostMetadata,
    SetVariables,
    UpdateCloudConfig,
    UpdatePool,
)
from palette_operator.domain.confirmation import check_confirmed, check_tags, is_in_doubt, rests_on_absence
from palette_operator.domain.desired import DesiredEdgeNative
from palette_operator.domain.errors import Unavailable
from palette_operator.domain.identifiers import HostUid, MachineUid, PoolName, ProfileUid
from palette_operator.domain.marks import INSTANCE_LABEL, OWNER_LABEL
from palette_operator.domain.observed import ClusterDetail, HostRow, ObservedCluster
from support.builders import CONFIG, UID, detail, observed, pool, profile

NEW = profile("monitoring", "3.0.0")
SEEN = observed()


@dataclass(frozen=True)
class Case:
    action: ClusterAction
    rests_on_absence: bool
    seen: ObservedCluster = SEEN


CASES = {
    "a profile that is not attached": Case(ApplyProfiles(UID, (ProfileChange(NEW),)), True),
    "one of two that is not": Case(
        ApplyProfiles(UID, (ProfileChange(profile()), ProfileChange(NEW))), rests_on_absence=True
    ),
    "another version is attached": Case(ApplyProfiles(UID, (ProfileChange(NEW, ProfileUid("old")),)), False),
    "values of an attached one are sent again": Case(ApplyProfiles(UID, (ProfileChange(profile()),)), False),
    "an attached profile goes": Case(RemoveProfiles(UID, (ProfileUid("old"),)), False),
    "a pool is not there": Case(CreatePool(CONFIG, pool("worker")), True),
    "a pool is changed, with all that was read of it": Case(UpdatePool(CONFIG, pool("worker")), True),
    "the cloud config is sent back": Case(UpdateCloudConfig(CONFIG, DesiredEdgeNative()), True),
    "a machine leaves": Case(DeleteMachine(CONFIG, PoolName("worker"), MachineUid("m"), HostUid("h")), False),
    "tags, which are read when they are sent": Case(SetClusterMetadata(UID, {"a": "b"}, (), None), False),
    "variables once the profiles have settled": Case(SetVariables(UID, (NEW,)), False),
    "variables when nothing says that they have": Case(
        SetVariables(UID, (NEW,)), True, observed(detail=detail(can_be_applied=None))
    ),
    "nothing yet": Case(Await("Updating", "waiting"), False),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_rests_on_absence(case: Case) -> None:
    assert rests_on_absence([case.action], case.seen) is case.rests_on_absence


FIRST = UpdatePool(CONFIG, pool("worker"), (Difference("/spec/machinePools/worker/labels", "a", ""),))
OTHER = UpdatePool(CONFIG, pool("worker"), (Difference("/spec/machinePools/worker/taints", "b", ""),))


@pytest.mark.parametrize("second", [(), (FIRST,), (Await("Updating", "waiting"),)], ids=["none", "the same", "a wait"])
def test_a_second_look_that_asks_for_no_other_write_confirms(second: tuple[ClusterAction, ...]) -> None:
    check_confirmed("reading cluster c1", (FIRST, OTHER), second)


def test_a_second_look_that_asks_for_something_else_confirms_nothing() -> None:
    with pytest.raises(Unavailable) as raised:
        check_confirmed("reading cluster c1", (FIRST,), (FIRST, OTHER))

    assert raised.value.message == (
        "reading cluster c1: two answers in a row disagree on /spec/machinePools/worker/taints; nothing is written "
        "until they agree"
    )


TAGGING = SetClusterMetadata(UID, {"site": "43"}, ("old",), "Store", found={"site": "42", "owner": "jo", "old": "x"})
WHOLE = detail(labels={"site": "42", "owner": "jo"}, description="Before")
IN_DOUBT = {
    "all that was seen before": (WHOLE, False),
    "a tag of somebody else's is not shown": (replace(WHOLE, labels={"site": "42"}), True),
    "a tag that is to be set is not shown": (replace(WHOLE, labels={"owner": "jo"}), True),
    "no description is shown": (replace(WHOLE, description=""), True),
}


@pytest.mark.parametrize(("found", "doubted"), IN_DOUBT.values(), ids=IN_DOUBT)
def test_tags_in_doubt(found: ClusterDetail, *, doubted: bool) -> None:
    assert is_in_doubt(TAGGING, found) is doubted


def test_a_host_without_its_name_is_in_doubt_since_the_name_is_sent_too() -> None:
    row = HostRow.unpaired(HostUid("h"), "", None, {"site": "42"})

    assert is_in_doubt(SetHostMetadata(HostUid("h"), "edge-1", {"site": "42"}, ()), row)
    assert not is_in_doubt(SetHostMetadata(HostUid("h"), "", {"site": "42"}, ()), row)


UNLIKE = {
    "tags": replace(WHOLE, labels={"site": "42"}),
    "description": replace(WHOLE, description=""),
    "name": replace(WHOLE, name="other"),
}


@pytest.mark.parametrize("last", UNLIKE.values(), ids=UNLIKE)
def test_two_reads_that_differ_are_not_believed(last: ClusterDetail) -> None:
    with pytest.raises(Unavailable, match="two answers in a row disagree"):
        check_tags("reading cluster c1", TAGGING, WHOLE, last)


@pytest.mark.parametrize("label", [OWNER_LABEL, INSTANCE_LABEL])
def test_a_mark_that_was_not_judged_is_never_written_over(label: str) -> None:
    ours = replace(TAGGING, labels={label: "ours"})
    marked = replace(WHOLE, labels={label: "theirs"})

    with pytest.raises(Unavailable, match="a mark that was not seen before"):
        check_tags("reading cluster c1", ours, marked, marked)
    check_tags("reading cluster c1", replace(ours, found={label: "theirs"}), marked, marked)
    check_tags("reading cluster c1", ours, WHOLE, WHOLE)
