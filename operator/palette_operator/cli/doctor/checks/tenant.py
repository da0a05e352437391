"""Palette's side of a connection: whose credential it is, which projects it sees, and which server answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from palette_operator.cli.doctor.findings import Finding, failure, ok, skipped, some, warning
from palette_operator.cli.doctor.observations import Seen, TenantLook
from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.holder import EXPIRING_WITHIN, ListedKey, User, own_key
from palette_operator.domain.observed import Project, WhoAmI
from palette_operator.domain.resources import TENANT_SCOPE

KNOWN_GOOD = ("4.8", "4.9")
"""Releases of Palette against whose published API every request is checked."""

_NEW_KEY = "make a new API key in Palette, put it into the Secret, and see that it belongs to this Palette and tenant"


def credential(who: Seen[WhoAmI], tenant: TenantLook | None) -> Finding:
    """Judge whether the credential works, and say whose it is and how far it sees."""
    check = "credential"
    if isinstance(who, Stalled) and who.reason in {"Unauthorized", "Forbidden"}:
        code = f" ({who.answer.status} {who.answer.code})" if who.answer else ""
        message = f"Palette refuses the credential{code}: it is revoked, expired or of another Palette"
        return failure(check, message, _NEW_KEY)
    if isinstance(who, ReconcileError):
        return failure(check, who.message, "try again later; see Palette's own health")
    return ok(check, f"it works: {_user(who, tenant)} of organization {who.organization or '?'}{_reach(tenant)}")


def key_expiry(who: WhoAmI, tenant: TenantLook, now: datetime) -> Finding:
    """Judge for how long the API key works, where it is certain which of the user's keys it is."""
    check = "key-expiry"
    if isinstance(tenant.keys, ReconcileError):
        return skipped(check, f"when the API key expires may not be read; {tenant.keys.message}")
    key = own_key(tenant.keys, who.user_uid, now)
    if key is None:
        return _uncertain(check, [each for each in tenant.keys if each.user_uid == who.user_uid], now)
    if key.expires_at is None:
        return ok(check, f"API key {key.name} does not expire")
    said = f"API key {key.name} expires on {key.expires_at.astimezone(UTC):%Y-%m-%d}"
    return warning(check, said, _NEW_KEY) if key.expires_at - now < EXPIRING_WITHIN else ok(check, said)


def project(wanted: str, tenant: TenantLook) -> Finding:
    """Judge whether a project, by name or uid, is there, once, for this credential."""
    check = "project"
    found = tenant.projects
    if wanted == TENANT_SCOPE:
        return _whole_tenant(check, tenant)
    if isinstance(found, ReconcileError):
        return _unknown(check, f"project {wanted}", found)
    named = [each for each in found if wanted in (each.name, each.uid)]
    fitting = [each for each in named if each.uid == wanted] or named
    if len(fitting) == 1:
        return ok(check, f"project {fitting[0].name} ({fitting[0].uid})")
    if fitting:
        message = f"{len(fitting)} projects are named {wanted}"
        return failure(check, message, f"give the uid instead: {some((each.uid for each in fitting), most=9)}")
    sees = f"it sees {some(sorted(each.name for each in found))}" if found else "it sees no project at all"
    return failure(
        check,
        f"there is no project {wanted}, or the credential may not see it; {sees}",
        "correct the project, or give the credential's user a role in it",
    )


def any_project(found: Seen[Sequence[Project]]) -> Finding:
    """Say which projects there are, when none was asked for."""
    check = "project"
    if isinstance(found, ReconcileError):
        return _unknown(check, "projects", found)
    if not found:
        message = "the credential sees no project"
        return failure(check, message, "give its user a role in the project that the operator is to work in")
    names = some(sorted(each.name for each in found), most=9)
    return ok(check, f"none was named, so nothing in any is looked at (--project); it sees {names}")


def server_version(found: Seen[str]) -> Finding:
    """Judge the server's version, where it can be read."""
    check = "server-version"
    known = " and ".join(KNOWN_GOOD)
    if isinstance(found, ReconcileError) or not found:
        return skipped(check, f"only a system administrator may read it; known to be good are {known}")
    if (release := re.match(r"v?(\d+\.\d+)\b", found)) and release[1] in KNOWN_GOOD:
        return ok(check, f"Palette {found}")
    remedy = "see the changelog for what is known of it; say so when something does not work"
    return warning(check, f"Palette {found}; known to be good are {known}", remedy)


def not_reached(checks: Sequence[str], why: str) -> Iterator[Finding]:
    """Say of checks that they could not be made."""
    yield from (skipped(check, why) for check in checks)


def _user(who: WhoAmI, tenant: TenantLook | None) -> str:
    known = tenant.user if tenant and isinstance(tenant.user, User) else None
    called = known.email or known.name if known else ""
    return f"{called} ({who.user_uid})" if called else f"user {who.user_uid or '?'}"


def _uncertain(check: str, own: Sequence[ListedKey], now: datetime) -> Finding:
    """Say what the keys of a user come to when any of them may be the one that is used, or none of them can."""
    if own and all(each.expires_at is not None and each.expires_at <= now for each in own):
        message = f"the user's API keys that Palette lists have expired: {some(each.name for each in own)}"
        return failure(check, message, _NEW_KEY)
    return skipped(check, f"Palette does not tell which of {len(own)} API keys of its user this is")


def _reach(tenant: TenantLook | None) -> str:
    if tenant is None or tenant.sees_tenant is True:
        return ", who sees the whole tenant" if tenant else ""
    if isinstance(tenant.projects, ReconcileError):
        return ", who does not see the whole tenant"
    count = len(tenant.projects)
    return f", who sees {count} project{'' if count == 1 else 's'}"


def _whole_tenant(check: str, tenant: TenantLook) -> Finding:
    if tenant.sees_tenant is True:
        return ok(check, "tenant scope")
    return failure(
        check,
        "tenant scope, which the credential may not see",
        "name a project in spec.project, or use the credential of a tenant administrator",
    )


def _unknown(check: str, what: str, error: ReconcileError) -> Finding:
    return failure(check, f"{what}: {error.message}", "give the credential's user a role that may list projects")
