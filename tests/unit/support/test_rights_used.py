"""The judge of the operator's rights tells a needless right, a missing one, and an operator that goes another way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.scenarios import rights_used
from support.scenarios.accounts import Account
from support.scenarios.audit import Request, requests
from support.scenarios.rights_used import Grant, Ledger, Scenarios, grants

_WIDE, _NARROW = Account("ops"), Account("ops-2", ("retail",))
_GROUP = "palette.spectrocloud.com"


def request(verb: str, resource: str, namespace: str = "retail", **more: Any) -> Request:  # noqa: ANN401 - its fields
    given = {"user": _WIDE.user, "group": "", "name": "one", "allowed": True, "received_at": 20.0}
    return Request(**{**given, "verb": verb, "resource": resource, "namespace": namespace, **more})


def judged(*asked: Request, accounts: tuple[Account, ...] = (_WIDE,)) -> Ledger:
    scenarios = Scenarios()
    scenarios.begin("test_a.py::test_one", 10.0)
    scenarios.begin("test_a.py::test_two", 15.0)
    scenarios.begin("test_b.py::test_three", 25.0)
    ledger = Ledger()
    ledger.add({account.namespace: account for account in accounts}, asked, scenarios)
    return ledger


USED = {
    "a read of a Secret in a watched namespace": (request("get", "secrets"), "get secrets [watchedNamespaces]"),
    "a read of a Secret in the own namespace": (request("get", "secrets", "ops"), "get secrets [ownNamespace]"),
    "an event about a connection": (request("create", "events", "default"), "create events [defaultNamespace]"),
    "an event about a resource": (request("create", "events"), "create events [watchedNamespaces]"),
    "the namespace that tells clusters apart": (
        request("get", "namespaces", "kube-system", name="kube-system"),
        "get namespaces kube-system [cluster]",
    ),
    "a status": (
        request("patch", "edgehosts/status", group=_GROUP),
        "patch edgehosts/status [watchedNamespaces]",
    ),
}


@pytest.mark.parametrize(("asked", "grant"), USED.values(), ids=USED)
def test_a_request_uses_the_right_for_its_place_in_the_scenario_of_its_time(asked: Request, grant: str) -> None:
    ledger = judged(asked)

    assert ledger.used == {grant: {"cluster-wide": {"test_a.py::test_two"}}}
    assert ledger.wrong == ledger.idle == []


def test_the_form_of_the_roles_is_told() -> None:
    asked = request("get", "secrets", user=_NARROW.user)

    assert judged(asked, accounts=(_NARROW,)).used["get secrets [watchedNamespaces]"].keys() == {"namespaced"}


WRONG = {
    "a denied request": (request("get", "secrets", allowed=False), "denied in test_a.py::test_two"),
    "a denied request of the person": (request("get", "secrets", user="person", allowed=False), "person: get secrets"),
    "a listing of Secrets that something else allowed": (request("list", "secrets"), "allowed by no right"),
    "a Secret written where it may only be read, had it been allowed": (
        request("patch", "secrets", "ops"),
        "allowed by no right",
    ),
}


@pytest.mark.parametrize(("asked", "words"), WRONG.values(), ids=WRONG)
def test_what_must_not_be_is_told(asked: Request, words: str) -> None:
    (problem,) = judged(asked, request("get", "secrets")).wrong

    assert words in problem


def test_others_are_not_judged_and_reviews_of_oneself_are_everybodys() -> None:
    others = request("list", "secrets", user="system:serviceaccount:ops:hook")
    review = request("create", "selfsubjectaccessreviews", group="authorization.k8s.io")

    assert judged(others, review).wrong == []


def test_an_account_that_asked_for_nothing_is_told() -> None:
    assert judged(request("get", "secrets"), accounts=(_WIDE, _NARROW)).idle == [_NARROW.user]


def test_what_is_granted_and_not_used_is_told_unless_it_is_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = judged(request("get", "secrets"))
    known = {str(grant) for grant in grants()}

    assert len(ledger.unused()) == len(known) - 1
    assert "granted and never used: delete secrets [ownNamespace]" in ledger.unused()

    monkeypatch.setattr(rights_used, "NEVER_USED", dict.fromkeys(known, "a reason"))
    assert ledger.unused() == ["used, or not granted, so no exception: get secrets [watchedNamespaces]"]


def test_ledgers_of_several_processes_add_up() -> None:
    together = Ledger()
    for ledger in (judged(request("get", "secrets")), judged(request("list", "secrets"), accounts=(_WIDE, _NARROW))):
        together.merge(json.loads(json.dumps(ledger.dump())))

    assert list(together.used) == ["get secrets [watchedNamespaces]"]
    assert len(together.wrong) == 1
    assert together.idle == [_NARROW.user]
    assert "| get secrets [watchedNamespaces] | cluster-wide | 1 | test_a.py::test_two |" in together.table()


def test_each_verb_is_granted_once_however_many_purposes_it_has() -> None:
    every = [str(grant) for grant in grants()]

    assert len(every) == len(set(every))
    assert all(isinstance(grant, Grant) for grant in grants())


def test_an_audit_log_is_read_a_request_once(tmp_path: Path) -> None:
    def line(stage: str, audit_id: str, **more: Any) -> str:  # noqa: ANN401 - JSON
        event = {
            "auditID": audit_id,
            "stage": stage,
            "verb": "watch",
            "user": {"username": "robot"},
            "objectRef": {"resource": "edgehosts", "apiGroup": _GROUP, "subresource": "status", "namespace": "retail"},
            "annotations": {"authorization.k8s.io/decision": "forbid"},
            "requestReceivedTimestamp": "1970-01-01T00:00:05.250000Z",
        }
        return json.dumps({**event, **more})

    log = tmp_path / "audit.log"
    lines = [line("ResponseStarted", "1"), line("ResponseComplete", "1"), line("ResponseComplete", "2", objectRef=None)]
    log.write_text("\n".join(lines) + "\n")

    assert list(requests(log)) == [Request("robot", "watch", _GROUP, "edgehosts/status", "retail", "", False, 5.25)]
    assert list(requests(log, starting=[(5.3, 6.0)])) == list(requests(log))
    assert list(requests(log, starting=[(5.0, 5.3)])) == [], "a server that has not read its roles denies everything"
