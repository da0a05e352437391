"""PaletteConnection: checks credentials and project, keeps the link open, and reports the fleet."""

from __future__ import annotations

from typing import Any

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.resources import ConnectionSpec, InvalidSpec, PaletteConnection, parse_connection
from palette_operator.palette.fleet import PassResult
from palette_operator.reconcile import waking
from palette_operator.reconcile.connection.links import Access, Links, close, first_failure
from palette_operator.reconcile.connection.status import fleet_fields
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.sites import Link, ProjectLink, failing_since, find_project
from palette_operator.reconcile.waker import Waker

# The Secret is read by name this often: there is no watch on Secrets, and a new key should work within seconds.
_SECRET_LOOK_S = 5.0
# A key that Palette refused is tried again after this long, at once when the Secret changes.
_REFUSED_RETRY_S = 60.0
_UNREACHABLE_RETRY_S = 5.0


class ConnectionReconciler:
    """Keeps one connection usable, or says why it is not."""

    def __init__(self, context: Context, waker: Waker) -> None:
        self._context = context
        self._waker = waker
        self._links = Links(context.monotonic, self._passed, context.settings.search_lag_s)
        self._access: dict[str, Access] = {}
        self._refused: dict[str, tuple[Access, float, ReconcileError]] = {}
        """Access that did not work, when it was tried (monotonic seconds), and what came of it."""

    async def reconcile(self, key: ObjectKey) -> float | None:
        """Look once and report. Returns after how many seconds to look again."""
        body = self._context.objects.get(key)
        if body is None:
            await self._close(key)
            return None
        findings = Findings()
        try:
            if body["metadata"].get("deletionTimestamp"):
                await self._retire(key, findings)
            else:
                await self._keep(key, body, findings)
        except ReconcileError as error:
            self._refuse(key, error)
            findings.failed(error)
        link = self._context.sites.link(key.name)
        if link is not None:
            findings.fields |= fleet_fields(link, self._links.limiter(link.spec), self._context.objects, key.name)
        await self._context.reporter.write(key, findings)
        findings.look_again(_SECRET_LOOK_S)
        return findings.look_again_after_s

    async def aclose(self) -> None:
        """Close every link."""
        for name in list(self._access):
            await self._close(ObjectKey("PaletteConnection", "", name))

    async def _keep(self, key: ObjectKey, body: dict[str, Any], findings: Findings) -> None:
        try:
            resource = parse_connection(body)
        except InvalidSpec as invalid:
            raise Stalled("InvalidSpec", "; ".join(invalid.problems)) from invalid
        access = await self._read_access(resource.spec)
        link = self._context.sites.link(key.name)
        if link is None or self._access.get(key.name) != access:
            link = await self._connect(key, resource, access)
        failure = first_failure(link)
        if failure is not None:
            raise failure
        if self._context.sites.restore(key.name):
            self._waker.wake(waking.resource(key))
        findings.holds("CredentialsValid", "Valid")
        findings.fields["projectUid"] = link.default_project.uid
        shrank = next((p.fleet.shrank for p in link.projects.values() if p.fleet.shrank), "")
        if shrank:
            findings.holds("FleetShrank", "FleetShrank", shrank)

    async def _read_access(self, spec: ConnectionSpec) -> Access:
        """Read the Secrets, always from the operator's own namespace."""
        namespace, secrets = self._context.settings.namespace, self._context.secrets
        reference = spec.auth.api_key_secret_ref
        api_key = await secrets.value(namespace, reference.name, reference.key)
        ca_pem = ""
        if spec.tls.ca_secret_ref is not None:
            ca_pem = await secrets.value(namespace, spec.tls.ca_secret_ref.name, spec.tls.ca_secret_ref.key)
        return Access(spec, api_key.strip(), ca_pem)

    async def _connect(self, key: ObjectKey, resource: PaletteConnection, access: Access) -> Link:
        """Prove the credential and the project, then put the new link in the place of the old."""
        self._check_not_refused_lately(key.name, access)
        client = self._links.client(access)
        try:
            who = await client.who_am_i()
            project = await find_project(client, resource.spec.project)
        except ReconcileError as error:
            await client.aclose()
            self._refused[key.name] = (access, self._context.monotonic(), error)
            raise
        await self._close(key)
        await self._context.finalizer.add(key)
        link = self._links.link(key.name, access, client, project)
        link.user = who.user_uid
        link.projects[project.uid] = link.open_project(project)
        self._access[key.name] = access
        self._context.sites.open(key.name, link)
        self._waker.wake(waking.resource(key))
        return link

    def _check_not_refused_lately(self, name: str, access: Access) -> None:
        refused = self._refused.get(name)
        if refused is None or refused[0] != access:
            return
        _, tried_at, error = refused
        patience_s = _UNREACHABLE_RETRY_S if isinstance(error, Unavailable | Waiting) else _REFUSED_RETRY_S
        if self._context.monotonic() - tried_at < patience_s:
            raise error

    def _refuse(self, key: ObjectKey, error: ReconcileError) -> None:
        """Tell those who use the connection, unless Palette is merely out of reach: then the fleet's age tells."""
        known = self._context.sites.link(key.name) is not None
        if known and isinstance(error, Unavailable):
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
        await self._context.finalizer.remove(key)

    def _uses(self, user: ObjectKey, connection: str) -> bool:
        body = self._context.objects.get(user) or {}
        named = ((body.get("spec") or {}).get("connectionRef") or {}).get("name")
        return named == connection and self._context.finalizer.is_set(user)

    async def _close(self, key: ObjectKey) -> None:
        link = self._context.sites.close(key.name)
        self._access.pop(key.name, None)
        if link is not None:
            await close(link)

    def _passed(self, connection: str, link: ProjectLink, change: PassResult) -> None:
        """Wake those whom a pass over the fleet concerns."""
        if change.complete:
            link.swept(self._context.monotonic())
        was_unreachable = link.unreachable_since
        link.unreachable_since = failing_since(
            was_unreachable, isinstance(change.failure, Unavailable), self._context.monotonic()
        )
        self._waker.wake_uids(change.clusters, change.hosts)
        if change.complete:
            self._waker.wake(waking.fleet_pass(connection))
        if was_unreachable is not None or link.unreachable_since is not None:
            self._waker.wake(waking.resource(ObjectKey("PaletteConnection", "", connection)))
        self._waker.wake_key(ObjectKey("PaletteConnection", "", connection))
