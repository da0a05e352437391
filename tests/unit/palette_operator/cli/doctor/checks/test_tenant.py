from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from palette_operator.cli.doctor.checks import tenant
from palette_operator.cli.doctor.findings import Verdict
from palette_operator.cli.doctor.observations import TenantLook
from palette_operator.domain.errors import Answer, ReconcileError, Stalled, Unavailable
from palette_operator.domain.holder import ListedKey, User
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.observed import Project, WhoAmI

FORBIDDEN = Stalled("Forbidden", "listing projects: Palette answered 403")
UNAUTHORIZED = Stalled("Unauthorized", "no", answer=Answer(401, "UnAuthorizedAccess", "", ""))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADA = User("ada", "ada@example.com", "Ada Operator")
WHO = WhoAmI("ada", "t1", "retail")
PROD, LAB = Project(ProjectUid("p1"), "prod"), Project(ProjectUid("p2"), "lab")
TWIN = Project(ProjectUid("p3"), "prod")


def look(
    projects: Sequence[Project] | ReconcileError = (PROD, LAB),
    sees_tenant: bool | ReconcileError = True,
    user: User | ReconcileError = FORBIDDEN,
    keys: Sequence[ListedKey] | ReconcileError = FORBIDDEN,
) -> TenantLook:
    return TenantLook(projects, sees_tenant, FORBIDDEN, FORBIDDEN, user, keys)


CREDENTIALS: dict[str, tuple[WhoAmI | ReconcileError, TenantLook | None, Verdict, str]] = {
    "a tenant administrator's": (WHO, look(), Verdict.OK, "user ada of organization retail, who sees the whole tenant"),
    "one of a user with an address": (WHO, look(user=ADA), Verdict.OK, "it works: ada@example.com (ada) of"),
    "one of a user with a name": (WHO, look(user=User("ada", "", "Ada")), Verdict.OK, "it works: Ada (ada) of"),
    "a project's": (WHO, look((PROD,), FORBIDDEN), Verdict.OK, "who sees 1 project"),
    "one that may not list projects": (WHO, look(FORBIDDEN, FORBIDDEN), Verdict.OK, "does not see the whole tenant"),
    "a refused one": (UNAUTHORIZED, None, Verdict.FAILURE, "refuses the credential (401 UnAuthorizedAccess)"),
    "one of which nothing is known": (Unavailable("PaletteUnreachable", "broken"), None, Verdict.FAILURE, "broken"),
}


@pytest.mark.parametrize(("who", "seen", "verdict", "words"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_the_credential(who: WhoAmI | ReconcileError, seen: TenantLook | None, verdict: Verdict, words: str) -> None:
    found = tenant.credential(who, seen)

    assert (found.verdict, words in found.message) == (verdict, True)


def key(days: float | None, name: str = "ci", *, user: str = "ada", is_active: bool = True) -> ListedKey:
    expires_at = None if days is None else NOW + timedelta(days=days)
    return ListedKey(name, user, "Ada", expires_at, is_active)


KEYS: dict[str, tuple[Sequence[ListedKey] | ReconcileError, Verdict, str]] = {
    "never": ([key(None)], Verdict.OK, "API key ci does not expire"),
    "in two weeks and a bit": ([key(14.1)], Verdict.OK, "expires on 2026-03-15"),
    "in less than two weeks": ([key(13.9)], Verdict.WARNING, "API key ci expires on 2026-03-14"),
    "soon, beside one that was revoked": ([key(3), key(None, "old", is_active=False)], Verdict.WARNING, "API key ci"),
    "soon, beside somebody else's": ([key(3), key(None, user="bob")], Verdict.WARNING, "API key ci"),
    "it is over": ([key(-1)], Verdict.FAILURE, "have expired: ci"),
    "all are over": ([key(-1), key(-2, "old")], Verdict.FAILURE, "have expired: ci, old"),
    "any of two": ([key(3), key(None, "other")], Verdict.SKIPPED, "which of 2 API keys"),
    "none is listed": ([], Verdict.SKIPPED, "which of 0 API keys"),
    "they may not be listed": (FORBIDDEN, Verdict.SKIPPED, "may not be read"),
}


@pytest.mark.parametrize(("keys", "verdict", "words"), KEYS.values(), ids=KEYS)
def test_when_the_key_expires(keys: Sequence[ListedKey] | ReconcileError, verdict: Verdict, words: str) -> None:
    found = tenant.key_expiry(WHO, look(keys=keys), NOW)

    assert (found.verdict, words in found.message) == (verdict, True)
    assert bool(found.remedy) is (verdict in {Verdict.WARNING, Verdict.FAILURE})


PROJECTS: dict[str, tuple[str, TenantLook, Verdict, str]] = {
    "one by name": ("lab", look(), Verdict.OK, "project lab (p2)"),
    "one by uid": ("p2", look(), Verdict.OK, "project lab (p2)"),
    "a uid wins over a name": ("p1", look((PROD, Project(ProjectUid("p9"), "p1"))), Verdict.OK, "project prod (p1)"),
    "two of a name": ("prod", look((PROD, TWIN)), Verdict.FAILURE, "2 projects are named prod"),
    "none of the name": ("shop", look(), Verdict.FAILURE, "it sees lab, prod"),
    "none at all": ("shop", look(()), Verdict.FAILURE, "it sees no project at all"),
    "a list that may not be read": ("shop", look(FORBIDDEN), Verdict.FAILURE, "answered 403"),
    "the tenant": ("tenant", look(), Verdict.OK, "tenant scope"),
    "the tenant, which is not seen": ("tenant", look(sees_tenant=FORBIDDEN), Verdict.FAILURE, "may not see"),
}


@pytest.mark.parametrize(("wanted", "seen", "verdict", "words"), PROJECTS.values(), ids=PROJECTS)
def test_a_project(wanted: str, seen: TenantLook, verdict: Verdict, words: str) -> None:
    found = tenant.project(wanted, seen)

    assert (found.verdict, words in found.message) == (verdict, True)


ANY: dict[str, tuple[Sequence[Project] | ReconcileError, Verdict]] = {
    "some": ((PROD,), Verdict.OK),
    "none": ((), Verdict.FAILURE),
    "unknown": (FORBIDDEN, Verdict.FAILURE),
}


@pytest.mark.parametrize(("found", "verdict"), ANY.values(), ids=ANY)
def test_any_project(found: Sequence[Project] | ReconcileError, verdict: Verdict) -> None:
    assert tenant.any_project(found).verdict is verdict


VERSIONS: dict[str, tuple[str | ReconcileError, Verdict]] = {
    "a known one": ("4.8.12", Verdict.OK),
    "a known one with a v": ("v4.9", Verdict.OK),
    "a newer one": ("4.10.1", Verdict.WARNING),
    "an older one": ("4.4.0", Verdict.WARNING),
    "none": ("", Verdict.SKIPPED),
    "one that may not be read": (FORBIDDEN, Verdict.SKIPPED),
}


@pytest.mark.parametrize(("found", "verdict"), VERSIONS.values(), ids=VERSIONS)
def test_the_server_version(found: str | ReconcileError, verdict: Verdict) -> None:
    assert tenant.server_version(found).verdict is verdict


def test_what_could_not_be_looked_at_is_skipped_with_the_reason() -> None:
    found = list(tenant.not_reached(("project", "fleet"), "why"))

    assert [(each.check, each.verdict, each.message) for each in found] == [
        ("project", Verdict.SKIPPED, "why"),
        ("fleet", Verdict.SKIPPED, "why"),
    ]
