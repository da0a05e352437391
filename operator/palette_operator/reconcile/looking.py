"""One look at a resource that lives in Palette: what is the same for clusters and edge hosts.

Reads the resource, lets its kind do the rest, and reports once, even after an early failure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.resources import EdgeHost, PaletteCluster, PaletteConnection, changed_immutables
from palette_operator.domain.resources.immutable import immutability_message
from palette_operator.kube.errors import Conflict
from palette_operator.kube.objects import Body, generation_of, uid_of
from palette_operator.reconcile import waking
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.novelty import note_unknown_fields
from palette_operator.reconcile.sites import Site

_RECONCILE_ANNOTATION = "palette.spectrocloud.com/reconcile-requested-at"


class ManagedReconciler(ABC):
    """Looks at resources of one kind. Level-triggered: why it was called never changes what it does."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def reconcile(self, key: ObjectKey) -> Findings:
        """Look once, write what is needed, report. Raises a ReconcileError only when the report was not written."""
        findings = Findings()
        body = self._context.objects.get(key)
        if body is None:
            self._context.reservations.release(key)
            self._context.wakes.subscribe(key, ())
            return findings
        findings.uid, findings.generation = uid_of(body), generation_of(body)
        try:
            if body["metadata"].get("deletionTimestamp"):
                await self._leave(key, body, findings)
            else:
                await self._keep(key, body, findings)
        except Conflict as conflict:
            # Somebody wrote it while we looked: what we found is of an older one, and nothing was sent to Palette.
            return Findings(error=conflict)
        except ReconcileError as error:
            findings.failed(error)
        observing = (body.get("spec") or {}).get("mode") == "Observe"
        await self._context.reporter.write(key, findings, observing=observing, fence=findings.fence)
        return findings

    @abstractmethod
    async def _keep(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        """Make Palette match; raises a ReconcileError that says why it cannot."""

    @abstractmethod
    async def _leave(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        """Take the next step of letting go; raises a ReconcileError that says why there is none now."""

    async def _enter(
        self,
        key: ObjectKey,
        resource: EdgeHost | PaletteCluster,
        findings: Findings,
        topics: Sequence[waking.Topic] = (),
    ) -> Site:
        """Return where the resource lives in Palette, once it may be there and is still what it was.

        Wakes it when the connection or one of `topics` changes. Raises a ReconcileError otherwise.
        """
        check_unmoved(key, resource)
        findings.stage = "CredentialsValid"
        self._context.wakes.subscribe(key, [connection_topic(resource), *topics])
        site = await self._context.sites.site(resource.connection_name, key, resource.spec.project)
        if resource.status.project_uid not in {"", site.project.uid}:
            raise Stalled("ImmutableFieldChanged", immutability_message("spec.project", key.kind))
        findings.holds("CredentialsValid", "Valid")
        requested = requested_at(resource)
        findings.fields |= {"projectUid": site.project.uid, "lastHandledReconcileAt": requested}
        if is_requested(resource):
            self._context.secrets.forget(key.namespace)
        return site

    async def _hold(self, key: ObjectKey, labels: Mapping[str, str]) -> None:
        """Make sure that what carries our mark has our finalizer: it may be found again, or somebody took that off."""
        if self._context.identity.owns(labels, key):
            await self._context.finalizer.add(key)


def check_unmoved(key: ObjectKey, resource: EdgeHost | PaletteCluster) -> None:
    """Raise Stalled when a field that may not change did. Notes fields that are newer than this operator."""
    note_unknown_fields(key, resource)
    moved = changed_immutables(resource, resource.status.pinned)
    if moved:
        raise Stalled("ImmutableFieldChanged", "; ".join(moved))


def connection_topic(resource: EdgeHost | PaletteCluster) -> waking.Topic:
    """Return the topic of a resource's connection."""
    return waking.resource(ObjectKey("PaletteConnection", "", resource.connection_name))


def requested_at(resource: EdgeHost | PaletteCluster | PaletteConnection) -> str | None:
    """Return the word of a person, or of a tool, who asks for a look now."""
    return resource.metadata.annotations.get(_RECONCILE_ANNOTATION)


def is_requested(resource: EdgeHost | PaletteCluster | PaletteConnection) -> bool:
    """Whether a look was asked for that has not been taken yet: then nothing kept is believed."""
    return requested_at(resource) not in {None, resource.status.last_handled_reconcile_at}
