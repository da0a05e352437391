"""Which definition is meant, what of it the spec fills in, and what is said of variables."""

import pytest

from palette_operator.domain.desired import DesiredVariable
from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.domain.identifiers import ProfileUid
from palette_operator.domain.local import Archive, ArchiveProfile, VariableVerdict
from palette_operator.domain.local_definition import (
    Archives,
    check_verdicts,
    find_archive,
    remembered_archive,
    resolve_definition,
)
from palette_operator.domain.resources import ClusterProfile, ProfileStatus

BASE = ArchiveProfile("edge-base", ProfileUid("p1"), "1.4.0")
APPS = ArchiveProfile("store-apps", ProfileUid("p2"), "2.1.0")
EMBEDDED = Archive("/opt/embedded", (BASE, APPS))
UPLOADED = Archive("/opt/uploaded", (BASE,))
ARCHIVES = Archives(EMBEDDED, (UPLOADED,))
REMEMBERED = Archive("/opt/applied", (BASE,))

FOUND = {
    "the embedded one where none is named": ("", None, EMBEDDED),
    "the one at the path": ("/opt/uploaded", None, UPLOADED),
    "the embedded one by its path": ("/opt/embedded", None, EMBEDDED),
    "one that was applied and is not shown any more": ("/opt/applied", REMEMBERED, REMEMBERED),
}


@pytest.mark.parametrize("case", FOUND.values(), ids=FOUND)
def test_the_archive_that_is_meant(case: tuple[str, Archive | None, Archive]) -> None:
    wanted, remembered, found = case

    assert find_archive(wanted, ARCHIVES, remembered, leader="ship-7-a") == found


def test_an_archive_that_is_not_there_is_waited_for() -> None:
    with pytest.raises(Waiting) as caught:
        find_archive("/opt/elsewhere", ARCHIVES, REMEMBERED, leader="ship-7-a")

    assert (caught.value.reason, caught.value.message) == (
        "DefinitionNotFound",
        (
            "edge host ship-7-a shows no cluster definition at /opt/elsewhere; upload it, or correct "
            "spec.cloud.edgeLocal.definition.archivePath"
        ),
    )


def test_a_host_without_embedded_definition_needs_one_by_path() -> None:
    with pytest.raises(Waiting) as caught:
        find_archive("", Archives(None, (UPLOADED,)), None, leader="ship-7-a")

    assert caught.value.reason == "DefinitionNotFound"
    assert "has no embedded cluster definition" in caught.value.message


def test_a_status_remembers_what_was_applied() -> None:
    profiles = [ProfileStatus(name="edge-base", desired="1.4.0", uid="p1"), ProfileStatus(name="x", desired="1")]

    assert remembered_archive("/opt/applied", profiles) == REMEMBERED
    assert remembered_archive("", profiles) is None
    assert remembered_archive("/opt/applied", []) is None


def reference(**fields: object) -> ClusterProfile:
    return ClusterProfile.model_validate({"name": "edge-base", "version": "1.4.0", **fields})


def test_the_spec_fills_in_variables_and_the_definition_says_the_rest() -> None:
    given = reference(
        variables=[
            {"name": "site", "value": "42"},
            {"name": "password", "valueFrom": {"secretKeyRef": {"name": "store", "key": "password"}}},
        ]
    )

    resolved = resolve_definition([given], EMBEDDED, {("store", "password"): "horse"})

    assert [(p.uid, p.name, p.version) for p in resolved] == [
        ("p1", "edge-base", "1.4.0"),
        ("p2", "store-apps", "2.1.0"),
    ]
    assert resolved[0].variables == (DesiredVariable("site", "42"), DesiredVariable("password", "horse"))
    assert resolved[1].variables == ()


WRONG = {
    "another version": (
        reference(version="1.5.0"),
        (
            "cluster profile 'edge-base' 1.5.0 is not in the definition /opt/embedded: it has 1.4.0; correct "
            "spec.profiles, or name another definition"
        ),
    ),
    "another profile": (
        reference(name="edge-extra"),
        (
            "cluster profile 'edge-extra' 1.4.0 is not in the definition /opt/embedded: it has edge-base, store-apps; "
            "correct spec.profiles, or name another definition"
        ),
    ),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_profiles_are_held_against_the_definition(case: tuple[ClusterProfile, str]) -> None:
    wanted, message = case

    with pytest.raises(Stalled) as caught:
        resolve_definition([wanted], EMBEDDED, {})

    assert (caught.value.reason, caught.value.message) == ("ProfileNotFound", message)


def test_refused_variables_are_named_with_the_hosts_reasons() -> None:
    verdicts = (
        VariableVerdict("site", is_valid=True, profile_uid=BASE.uid),
        VariableVerdict("port", is_valid=False, profile_uid=BASE.uid, profile_name="edge-base", reason="not a number"),
        VariableVerdict("zone", is_valid=False, profile_uid=APPS.uid),
    )

    with pytest.raises(ReconcileError) as caught:
        check_verdicts(verdicts, leader="ship-7-a")

    assert isinstance(caught.value, Stalled)
    assert caught.value.reason == "InvalidVariables"
    assert caught.value.message == (
        "edge host ship-7-a refuses variables of spec.profiles: port of edge-base: not a number; zone of p2: not valid"
    )


def test_variables_that_all_will_do_are_passed() -> None:
    check_verdicts([VariableVerdict("site", is_valid=True, profile_uid=BASE.uid)], leader="ship-7-a")
