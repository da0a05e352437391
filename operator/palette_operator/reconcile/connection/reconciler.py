"""PaletteConnection: checks credentials and project, keeps the link open, and reports the fleet."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.observed import Project, WhoAmI
from palette_operator.domain.resources import ConnectionSpec, InvalidSpec, parse_connection
from palette_operator.kube.errors import Conflict, is_of_the_api_server
from palette_operator.kube.objects import connection_of, generation_of, uid_of
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.fleet import PassResult
from palette_operator.reconcile import waking
from palette_operator.reconcile.connection.credentials import read_credentials
from palette_operator.reconcile.connection.guards import Guards
from palette_operator.reconcile.connection.identity import Identities, expiry_warning
from palette_operator.reconcile.connection.links import (
    Access,
    Links,
    close,
    closed_on_failure,
    first_failure,
    take_over_session,
)
from palette_operator.reconcile.connection.registration import RegistrationTokens
from palette_operator.reconcile.connection.status import fleet_fields
from palette_operator.reconcile.connection.unclaimed import Unclaimed
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.looking import is_requested, requested_at
from palette_operator.reconcile.projects import default_project
from palette_operator.reconcile.sites import Link, ProjectLink, failing_since
from palette_operator.reconcile.waker import Waker

# The Secret is read by name this often: there is no watch on Secrets, and a new key should work within seconds.
_SECRET_LOOK_S = 5.0
# A key that Palette refused is tried again after this long, at once when the Secret changes.
_REFUSED_RETRY_S = 60.0
_UNREACHABLE_RETRY_S = 5.0
# Longer than any call takes: whoever still uses a link that was replaced may finish.
_CLOSE_AFTER_S = 75.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """An access that did not work."""

    access: Access
    tried_at: float
    """Monotonic seconds."""
    error: ReconcileError

    def still_counts(self, access: Access, now: float) -> bool:
        """Whether there is no point in trying again yet."""
        will_pass = isinstance(self.error, Waiting) or self.error.reason == "PaletteUnreachable"
        patience_s = _UNREACHABLE_RETRY_S if will_pass else _REFUSED_RETRY_S
        return access == self.access and now - self.tried_at < patience_s


class ConnectionReconciler:
    """Keeps one connection usable, or says why it is not."""

    def __init__(self, context: Context, waker: Waker) -> None:
        self._context = context
        self._waker = waker
        self._links = Links(
            context.monotonic,
            self._passed,
            context.settings.search_lag_s,
            fence=context.leads,
            replica=context.settings.replica,
        )
        self._guards = Guards(context)
        self._identities = Identities(context.now, context.monotonic)
        self._registration = RegistrationTokens(context)
        self._unclaimed = Unclaimed(context)
        self._access: dict[str, Access] = {}
        self._refused: dict[str, Refusal] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def reconcile(self, key: ObjectKey) -> Findings:
        """Look once and report. Raises a ReconcileError only when the report could not be written."""
        findings = Findings()
        body = self._context.objects.get(key)
        if body is None:
            self._close(key)
            return findings
        findings.uid, findings.generation = uid_of(body), generation_of(body)
        try:
            if body["metadata"].get("deletionTimestamp"):
                await self._retire(key, findings)
            else:
                await self._keep(key, body, findings)
        except ReconcileError as error:
            self._refuse(key, error)
            findings.failed(error)
        link = self._context.sites.link(key.name)
        self._unclaimed.note(key, body, link, findings)
        if link is not None:
            findings.fields |= fleet_fields(link, self._context.objects, key.name)
            _note_lifecycle(link, findings)
            if any(self._context.sites.is_unreachable(project) for project in link.projects.values()):
                self._note_unreachable(findings)
        await self._context.reporter.write(key, findings)
        findings.look_again(_SECRET_LOOK_S)
        return findings

    @staticmethod
    def _note_unreachable(findings: Findings) -> None:
        """Say that nothing is known of the credential, and why, unless more than that is."""
        findings.unreachable = True
        if "CredentialsValid" not in findings.conditions:
            why = f": {findings.error.message}" if isinstance(findings.error, Unavailable) else ""
            message = f"Palette cannot be reached; nothing is known of its present state{why}"
            findings.unsure("CredentialsValid", "PaletteUnreachable", message)

    async def aclose(self) -> None:
        """Close every link at once."""
        links = [self._context.sites.close(name) for name in list(self._access)]
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        for link in links:
            if link is not None:
                await close(link)

    async def _keep(self, key: ObjectKey, body: dict[str, Any], findings: Findings) -> None:
        try:
            resource = parse_connection(body)
        except InvalidSpec as invalid:
            raise Stalled("InvalidSpec", "; ".join(invalid.problems)) from invalid
        if is_requested(resource):
            self._context.secrets.forget(self._context.settings.namespace)
            self._registration.forget(key)
        findings.fields["lastHandledReconcileAt"] = requested_at(resource)
        access = await self._read_access(resource.spec)
        link = await self._link(key, resource.spec, access)
        if link.spec != resource.spec:
            # What it grants changed; its client and its fleet stay.
            link.spec = resource.spec
            self._waker.wake(waking.resource(key))
        failure = first_failure(link)
        if failure is not None:
            raise failure.with_traceback(None)
        if self._context.sites.restore(key.name):
            self._waker.wake(waking.resource(key))
        link.holder = await self._identities.holder(key.name, link.client)
        self._note_credential(findings, body, expiry_warning(link.holder, access.origin, self._context.now()))
        findings.fields["projectUid"] = link.default_project.uid if link.default_project else None
        shrank = next((p.fleet.shrank for p in link.projects.values() if p.fleet.shrank), "")
        if shrank:
            findings.holds("FleetShrank", "FleetShrank", shrank)
        now = self._context.monotonic()
        slow = next(filter(None, (p.sweeps.complaint(now) for p in link.projects.values())), "")
        if slow:
            findings.holds("StaleFleet", "StaleFleet", slow)
        await self._registration.keep(key, body, link, findings)

    @staticmethod
    def _note_credential(findings: Findings, body: Mapping[str, Any], warning: str) -> None:
        """Say that the credential works; and that it will not for long, once in an event too."""
        if not warning:
            findings.holds("CredentialsValid", "Valid")
            return
        findings.holds("CredentialsValid", "Expiring", warning)
        before = (body.get("status") or {}).get("conditions") or ()
        if not any(c.get("type") == "CredentialsValid" and c.get("reason") == "Expiring" for c in before):
            findings.tell("Warning", "Expiring", warning)

    async def _read_access(self, spec: ConnectionSpec) -> Access:
        """Read the Secrets, always from the operator's own namespace."""
        namespace, secrets = self._context.settings.namespace, self._context.secrets
        credentials = await read_credentials(secrets, namespace, spec.auth)
        ca_pem = ""
        if spec.tls.ca_secret_ref is not None:
            ca_pem = await secrets.value(namespace, spec.tls.ca_secret_ref.name, spec.tls.ca_secret_ref.key)
        return Access.of(spec, credentials, ca_pem)

    async def _link(self, key: ObjectKey, spec: ConnectionSpec, access: Access) -> Link:
        """Return the link, made anew when what it is made of changed."""
        link, before = self._context.sites.link(key.name), self._access.get(key.name)
        if link is not None and before == access:
            with contextlib.suppress(Conflict):  # somebody else is writing it: at the next look
                await self._context.finalizer.add(key)
            return link
        client, who, project = await self._prove(key, access)
        if link is not None and before is not None and before.differs_in_credentials_only(access):
            self._access[key.name] = access
            take_over_session(link, client)
            await client.aclose()
            self._identities.prove(key.name, access.credentials, who)
            for opened in link.projects.values():
                opened.fleet.credential_changed()
            return link
        async with closed_on_failure(client):
            await self._context.finalizer.add(key)
        self._access[key.name] = access
        guard = self._guards.guard(key.name, access.endpoint.url)
        is_same_palette = before is not None and before.endpoint.url == access.endpoint.url
        former = link if is_same_palette else None
        fresh = self._links.link(key.name, spec, access, client, project, guard=guard, former=former)
        self._identities.prove(key.name, access.credentials, who)
        if project is not None:
            fresh.projects[project.uid] = fresh.open_project(project)
        self._context.sites.open(key.name, fresh)
        if link is not None:
            self._close_later(link)
        self._waker.wake(waking.resource(key))
        return fresh

    async def _prove(self, key: ObjectKey, access: Access) -> tuple[PaletteClient, WhoAmI, Project | None]:
        """Prove the credential, and the project or tenant scope; remember a refusal, so as not to ask over and over.

        The caller closes the client, or keeps it: a user who has just logged in need not do so again.
        """
        refusal = self._refused.get(key.name)
        if refusal is not None and refusal.still_counts(access, self._context.monotonic()):
            raise refusal.error.with_traceback(None)
        client = self._links.client(key.name, access)
        async with closed_on_failure(client):
            try:
                who = await client.who_am_i()
                project = await default_project(client, access.project)
            except ReconcileError as error:
                self._refused[key.name] = Refusal(access, self._context.monotonic(), error)
                raise
        self._refused.pop(key.name, None)
        return client, who, project

    def _refuse(self, key: ObjectKey, error: ReconcileError) -> None:
        """Tell those who use the connection, unless Palette is merely out of reach: then the fleet's age tells.

        Nor when the API server keeps the Secret from us: what was read of it last is good until Palette refuses it.
        """
        known = self._context.sites.link(key.name) is not None
        if known and (isinstance(error, Unavailable) or is_of_the_api_server(error)):
            return
        if self._context.sites.refuse(key.name, error):
            self._waker.wake(waking.resource(key))

    async def _retire(self, key: ObjectKey, findings: Findings) -> None:
        """Stay until nobody uses the connection: they need it to let go of what they have in Palette."""
        users = [
            user
            for kind in ("PaletteCluster", "EdgeHost")
            for user in self._context.objects.keys(kind)
            if self._uses(user, key.name)
        ]
        if users:
            findings.holds("Deleting", "InUse", f"{len(users)} resources still use the connection, such as {users[0]}")
            return
        await self._context.finalizer.remove(key, uid=findings.uid)

    def _uses(self, user: ObjectKey, connection: str) -> bool:
        body = self._context.objects.get(user) or {}
        return connection_of(body) == connection and self._context.finalizer.is_set(user)

    def _close(self, key: ObjectKey) -> None:
        link = self._context.sites.close(key.name)
        self._access.pop(key.name, None)
        self._refused.pop(key.name, None)
        self._identities.forget(key.name)
        self._registration.forget(key)
        self._unclaimed.forget(key.name)
        self._links.forget(key.name)
        if link is not None:
            self._close_later(link)

    def _close_later(self, link: Link) -> None:
        task = asyncio.create_task(close(link, after_s=_CLOSE_AFTER_S))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _passed(self, connection: str, link: ProjectLink, result: PassResult) -> None:
        """Wake those whom a pass over the fleet concerns."""
        key = ObjectKey("PaletteConnection", "", connection)
        now = self._context.monotonic()
        if result.failure is None:
            link.sweeps.done(now)
        link.unreachable_since = failing_since(link.unreachable_since, isinstance(result.failure, Unavailable), now)
        away = self._context.sites.is_unreachable(link)
        if away != link.away:
            link.away = away
            self._waker.wake(waking.resource(key))
        self._waker.wake_uids(result.clusters, result.hosts)
        if result.failure is None:
            self._waker.wake(waking.fleet_pass(connection))
        self._waker.wake_key(key)


def _note_lifecycle(link: Link, findings: Findings) -> None:
    """Warn of operations that Palette is going to drop, or does not have; nothing stops for that."""
    outlook = link.client.transport.lifecycle.outlook
    if outlook.message:
        findings.holds("ApiDeprecated", "ApiMissing" if outlook.missing else "ApiDeprecated", outlook.message)
