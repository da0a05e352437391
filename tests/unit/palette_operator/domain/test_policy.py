"""Whether a planned write may be done now: each rule, and that none slips through between them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.actions import (
    Action,
    ApplyProfiles,
    Await,
    CreateCluster,
    DeleteCluster,
    DeleteHost,
    DeletePool,
    Difference,
    ProfileChange,
    RegisterHost,
    SetClusterMetadata,
    SetVariables,
)
from palette_operator.domain.identifiers import HostUid, PoolName
from palette_operator.domain.policy import Circumstances, permit, plan_hash
from support.builders import CONFIG, UID, cluster, host, pool, profile, registration, variables

CREATE = CreateCluster(cluster())
REGISTER = RegisterHost(registration())
TAG = SetClusterMetadata(UID, {"site": "42"}, (), None, (Difference("/spec/tags/site", "42", "1"),))
DELETE = DeleteCluster(UID)
DELETE_HOST = DeleteHost(HostUid("h1"))
DELETE_POOL = DeletePool(CONFIG, PoolName("worker"), (Difference("/spec/machinePools/worker", "none", "1 hosts"),))
WAIT = Await("Updating", "waiting for the machine to leave")

FREE = Circumstances(may_delete=True, deletes_left=1)
SHRANK = "12 of 40 known objects vanished in one pass"

WITHHELD: dict[str, tuple[Action, Circumstances, str]] = {
    "nothing is written in mode Observe": (TAG, replace(FREE, mode="Observe"), "Observing"),
    "nothing is written while suspended": (TAG, replace(FREE, suspended=True), "Suspended"),
    "not even a deletion is sent while suspended": (DELETE, replace(FREE, suspended=True), "Suspended"),
    "nothing is created where adoption is required": (CREATE, replace(FREE, adoption_required=True), "NotFound"),
    "no host is registered where adoption is required": (REGISTER, replace(FREE, adoption_required=True), "NotFound"),
    "nothing is created while the fleet is in doubt": (CREATE, replace(FREE, fleet_shrank=SHRANK), "HeldByGuard"),
    "no host is registered while the fleet is in doubt": (REGISTER, replace(FREE, fleet_shrank=SHRANK), "HeldByGuard"),
    "nothing is deleted while the fleet is in doubt": (DELETE, replace(FREE, fleet_shrank=SHRANK), "HeldByGuard"),
    "nothing is deleted that the connection does not allow": (DELETE, replace(FREE, may_delete=False), "NotAllowed"),
    "no host is deleted without the grant to do so": (DELETE_HOST, replace(FREE, may_delete=False), "NotAllowed"),
    "deletions beyond the guard wait": (DELETE, replace(FREE, deletes_left=0), "HeldByGuard"),
    "deletions of hosts beyond the guard wait": (DELETE_HOST, replace(FREE, deletes_left=0), "HeldByGuard"),
    "drift is only reported where that is the policy": (
        TAG,
        replace(FREE, report_drift_only=True, spec_changed=False),
        "Drifted",
    ),
    "a plan waits for approval": (TAG, replace(FREE, mode="Plan"), "PlanAwaitingApproval"),
    "another plan's approval does not count": (
        TAG,
        replace(FREE, mode="Plan", approved=plan_hash([DELETE_POOL])),
        "PlanAwaitingApproval",
    ),
}


@pytest.mark.parametrize(("action", "circumstances", "reason"), WITHHELD.values(), ids=WITHHELD)
def test_a_write_is_withheld(action: Action, circumstances: Circumstances, reason: str) -> None:
    permitted = permit([action], circumstances)

    assert permitted.allowed == ()
    assert [(each.action, each.reason) for each in permitted.withheld] == [(action, reason)]
    assert permitted.withheld[0].message


ALLOWED: dict[str, tuple[Action, Circumstances]] = {
    "a change is written": (TAG, Circumstances()),
    "a deletion is sent that the connection and the guard grant": (DELETE, FREE),
    "a pool is deleted without a grant to delete clusters": (DELETE_POOL, Circumstances()),
    "a change of the spec is no drift": (TAG, Circumstances(report_drift_only=True, spec_changed=True)),
    "drift is corrected by default": (TAG, Circumstances(spec_changed=False)),
    "a change needs no complete fleet": (TAG, Circumstances(fleet_shrank=SHRANK)),
    "an approved plan runs": (TAG, Circumstances(mode="Plan", approved=plan_hash([TAG]))),
}


@pytest.mark.parametrize(("action", "circumstances"), ALLOWED.values(), ids=ALLOWED)
def test_a_write_is_allowed(action: Action, circumstances: Circumstances) -> None:
    assert permit([action], circumstances).allowed == (action,)


def test_an_approval_is_for_the_whole_plan_not_for_a_part_of_it() -> None:
    permitted = permit([TAG, DELETE_POOL], Circumstances(mode="Plan", approved=plan_hash([TAG])))

    assert permitted.allowed == ()


def test_drift_is_told_apart_from_other_reasons() -> None:
    assert permit([TAG], Circumstances(report_drift_only=True, spec_changed=False)).drifted
    assert not permit([TAG], Circumstances(suspended=True, report_drift_only=True, spec_changed=False)).drifted


SHOP = cluster(pools=(pool("control", "h1"),))
DIFFERENT_PLANS: dict[str, tuple[Action, Action]] = {
    "another host is used": (CreateCluster(SHOP), CreateCluster(replace(SHOP, pools=(pool("control", "h2"),)))),
    "another version of a profile is used": (
        CreateCluster(SHOP),
        CreateCluster(replace(SHOP, profiles=(profile("edge-base", "1.5.0"),))),
    ),
    "another address is used": (
        CreateCluster(SHOP),
        CreateCluster(replace(SHOP, pools=(pool("control", host("h1", ip="10.0.0.5")),))),
    ),
    "another version is replaced": (
        ApplyProfiles(UID, (ProfileChange(profile("apps", "2.0.0")),)),
        ApplyProfiles(UID, (ProfileChange(profile("apps", "2.0.0"), profile("apps", "1.0.0").uid),)),
    ),
    "another cluster is deleted": (DeleteCluster(UID), DeleteCluster(type(UID)("c2"))),
    "it is forced": (DeleteCluster(UID), DeleteCluster(UID, force=True)),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT_PLANS.values(), ids=DIFFERENT_PLANS)
def test_an_approved_plan_is_no_longer_the_same_when(one: Action, other: Action) -> None:
    assert plan_hash([one]) != plan_hash([other])


def test_a_secret_value_cannot_be_guessed_from_the_hash_of_a_plan() -> None:
    quiet = SetVariables(UID, (profile(variables=variables(password="a")),))
    other = SetVariables(UID, (profile(variables=variables(password="b")),))

    assert plan_hash([quiet]) == plan_hash([other])


ACTIONS = st.lists(st.sampled_from([CREATE, REGISTER, TAG, DELETE, DELETE_HOST, DELETE_POOL, WAIT]), max_size=5)
CIRCUMSTANCES = st.builds(
    Circumstances,
    mode=st.sampled_from(["Manage", "Observe", "Plan"]),
    suspended=st.booleans(),
    may_delete=st.booleans(),
    deletes_left=st.integers(0, 2),
    fleet_shrank=st.sampled_from(["", SHRANK]),
    spec_changed=st.booleans(),
    report_drift_only=st.booleans(),
    approved=st.sampled_from(["", plan_hash([TAG]), plan_hash([DELETE])]),
    adoption_required=st.booleans(),
)


@given(ACTIONS, CIRCUMSTANCES)
def test_every_action_is_either_allowed_or_withheld(planned: list[Action], circumstances: Circumstances) -> None:
    permitted = permit(planned, circumstances)

    judged = [*permitted.allowed, *(each.action for each in permitted.withheld)]
    assert sorted(map(repr, judged)) == sorted(map(repr, planned))
    assert not {id(a) for a in permitted.allowed} & {id(each.action) for each in permitted.withheld}
    assert [action for action in planned if action in permitted.allowed] == list(permitted.allowed)


@given(ACTIONS, CIRCUMSTANCES)
def test_who_only_observes_or_is_suspended_writes_nothing(planned: list[Action], circumstances: Circumstances) -> None:
    if circumstances.mode == "Observe" or circumstances.suspended:
        assert all(isinstance(action, Await) for action in permit(planned, circumstances).allowed)


@given(ACTIONS, CIRCUMSTANCES)
def test_whatever_else_holds_nothing_is_deleted_without_a_grant(
    planned: list[Action], circumstances: Circumstances
) -> None:
    deletions = [a for a in permit(planned, circumstances).allowed if isinstance(a, DeleteCluster | DeleteHost)]

    assert not deletions or (
        circumstances.may_delete and circumstances.deletes_left > 0 and not circumstances.fleet_shrank
    )
