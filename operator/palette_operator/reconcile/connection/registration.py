"""The Secret with a token by which devices register themselves: made, renewed in time, and taken away when told to.

Palette gives out the value of a token whenever it is asked, and ours are known by their names: whatever is interrupted
goes on where it was, and a token that was made twice does no harm.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from palette_operator import logs
from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.observed import Project
from palette_operator.domain.registration import (
    RegistrationToken,
    best_token,
    expired_tokens,
    name_prefix,
    renewal_at,
    token_name,
)
from palette_operator.domain.resources import (
    ConnectionStatus,
    RegistrationTokenSpec,
    RegistrationTokenStatus,
    parse_status,
)
from palette_operator.kube.objects import Body, uid_of
from palette_operator.palette.client import PaletteClient
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.sites import Link

logger = logging.getLogger(__name__)

CONDITION = "RegistrationToken"
_PRESENT = "Present"
# A token lives for days: this is how soon a lost Secret is written again.
_LOOK_AGAIN_S = 300.0
_RETRY_S = 60.0


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be had, for which connection, and how to get it."""

    key: ObjectKey
    body: Body
    wanted: RegistrationTokenSpec
    project: Project
    client: PaletteClient
    prefix: str

    @property
    def purpose(self) -> tuple[object, ...]:
        """What makes another look necessary at once, when it differs."""
        return self.wanted, self.project.uid, uid_of(self.body)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the last look came to, which holds for a while."""

    purpose: tuple[object, ...]
    until: float
    """Monotonic seconds."""
    error: ReconcileError | None


class RegistrationTokens:
    """Keeps the Secret of each connection that asks for one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._outcomes: dict[ObjectKey, _Outcome] = {}

    def forget(self, key: ObjectKey) -> None:
        """Look anew at the next occasion, however lately it was done."""
        self._outcomes.pop(key, None)

    async def keep(self, key: ObjectKey, body: Body, link: Link, findings: Findings) -> None:
        """Look once in a while, write what is needed, and say how it is. Holds nothing else of the connection up."""
        wanted, project = link.spec.registration_token, link.default_project
        if wanted is None or project is None:
            self._outcomes.pop(key, None)
            findings.fields["registrationToken"] = None
            return
        prefix = name_prefix(self._context.identity, key)
        task = _Task(key, body, wanted, project, link.client, prefix)
        error = await self._look(task, findings)
        if error is None:
            findings.holds(CONDITION, "Valid" if wanted.state == _PRESENT else "Removed")
        elif isinstance(error, Stalled):
            findings.lacks(CONDITION, error.reason, error.message)
        elif not _may_pass(body, wanted, self._context.now()):
            findings.unsure(CONDITION, error.reason, error.message)

    async def _look(self, task: _Task, findings: Findings) -> ReconcileError | None:
        now = self._context.monotonic()
        last = self._outcomes.get(task.key)
        if last is not None and last.purpose == task.purpose and now < last.until:
            return last.error
        error = None
        try:
            if task.wanted.state == _PRESENT:
                await self._provide(task, findings)
            else:
                await self._remove(task, findings)
        except ReconcileError as failure:
            error = failure.with_traceback(None)
        self._outcomes[task.key] = _Outcome(task.purpose, now + (_RETRY_S if error else _LOOK_AGAIN_S), error)
        return error

    async def _provide(self, task: _Task, findings: Findings) -> None:
        """Make sure that the Secret holds a token that works, and will for a while."""
        api, namespace = self._context.api, self._context.settings.namespace
        # Read first: a Secret that is not ours is no place for a token, and none is made then.
        kept = await api.read_owned_secret(task.body, task.wanted.secret_name, namespace=namespace)
        listed = await task.client.registration_tokens()
        now = self._context.now()
        token = best_token(listed, task.prefix, task.project.uid, now)
        if token is None or _is_due(token, task.wanted, now):
            token = await self._create(task, now, findings)
        if kept is None or not kept.get("token") or kept.get("tokenUid") != token.uid:
            value = await task.client.registration_token(token.uid)
            content = {"token": value, "tokenUid": token.uid}
            await api.write_owned_secret(task.body, task.wanted.secret_name, content, namespace=namespace)
        await self._drop_former_secret(task)
        findings.fields["registrationToken"] = RegistrationTokenStatus(
            secret_name=task.wanted.secret_name,
            uid=token.uid,
            project_uid=task.project.uid,
            expires_at=token.expires_at,
        ).to_kubernetes()
        for expired in expired_tokens(listed, task.prefix, now):
            await task.client.delete_registration_token(expired.uid)

    async def _create(self, task: _Task, now: datetime, findings: Findings) -> RegistrationToken:
        expires_at = (now + timedelta(days=task.wanted.valid_days)).replace(microsecond=0)
        name = token_name(task.prefix, expires_at)
        with logs.acting(logger, "CreateRegistrationToken", f"create a token for project {task.project.name}"):
            uid = await task.client.create_registration_token(name, task.project.uid, expires_at)
        message = f"created a registration token for project {task.project.name}; the one before works until it expires"
        findings.tell("Normal", "RegistrationTokenCreated", message)
        return RegistrationToken(uid, name, task.project.uid, expires_at, active=True)

    async def _remove(self, task: _Task, findings: Findings) -> None:
        """Delete every token of ours, then the Secret."""
        ours = [t for t in await task.client.registration_tokens() if t.name.startswith(task.prefix)]
        for token in ours:
            await task.client.delete_registration_token(token.uid)
        namespace = self._context.settings.namespace
        await self._context.api.delete_owned_secret(task.body, task.wanted.secret_name, namespace=namespace)
        await self._drop_former_secret(task)
        findings.fields["registrationToken"] = None
        if ours:
            findings.tell("Normal", "RegistrationTokenRemoved", "deleted the registration tokens, and their Secret")

    async def _drop_former_secret(self, task: _Task) -> None:
        """Delete the Secret of the name that the spec had before."""
        status = parse_status(ConnectionStatus, task.body.get("status")).registration_token
        former = status.secret_name if status else ""
        if former not in {"", task.wanted.secret_name}:
            namespace = self._context.settings.namespace
            await self._context.api.delete_owned_secret(task.body, former, namespace=namespace)


def _is_due(token: RegistrationToken, wanted: RegistrationTokenSpec, now: datetime) -> bool:
    return token.expires_at is None or now >= renewal_at(token.expires_at, wanted.valid_days)


def _may_pass(body: Body, wanted: RegistrationTokenSpec, now: datetime) -> bool:
    """Whether a look that failed, as may pass by itself, is no news of the token.

    It is where the status does not say yet how the token is, or the token is to be followed by another by now.
    """
    conditions = (body.get("status") or {}).get("conditions") or ()
    if all(condition.get("type") != CONDITION for condition in conditions):
        return False
    kept = parse_status(ConnectionStatus, body.get("status")).registration_token
    expires_at = kept.expires_at if kept else None
    return expires_at is None or now < renewal_at(expires_at, wanted.valid_days)
