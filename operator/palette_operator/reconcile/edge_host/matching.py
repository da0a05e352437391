"""Which device an EdgeHost stands for, where its spec tells the device's name and tags in place of its uid."""

from __future__ import annotations

from palette_operator.domain.errors import Stalled, Waiting
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.marks import labels_from_tags
from palette_operator.domain.matching import choose_device, is_match
from palette_operator.domain.observed import HostRow
from palette_operator.domain.resources import EdgeHost, HostMatch
from palette_operator.reconcile import waking
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.looking import connection_topic
from palette_operator.reconcile.sites import Site

# A complete listing wakes who waits for a device; this is only the safety net.
_LOOK_AGAIN_S = 600.0


class DeviceMatching:
    """Finds devices in the listing of the fleet: no request is spent on it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def device(self, key: ObjectKey, resource: EdgeHost, site: Site, findings: Findings) -> HostUid:
        """Return the device's uid, claimed for this resource unless it only observes.

        Raises NotSeenYet before the fleet was seen; Waiting, with nothing registered, while no device matches; Stalled
        when several do, or when others have those that match.
        """
        match = resource.spec.adoption.match
        uid = resource.device_uid
        if not uid and match is not None:
            uid = self._found(key, resource, match, site, findings)
        if resource.spec.mode != "Observe":
            # Whose a device is, its mark tells in the end; this keeps others from finding it before it has one.
            self._context.reservations.claim_device(key, site.project.uid, uid)
        return uid

    def none_matches(self, key: ObjectKey, resource: EdgeHost, site: Site, findings: Findings) -> Waiting:
        """Return what is said while no device matches. Its arrival wakes the resource."""
        self._context.wakes.subscribe(key, [connection_topic(resource), waking.fleet_pass(site.connection)])
        if resource.spec.mode != "Observe":
            findings.holds("Owned", "Free", "Palette knows no device that matches yet")
            findings.holds("Synced", "Synced", "there is nothing to write yet")
        findings.stage = "Registered"
        message = f"waiting for a device in project {site.project.name} that matches spec.adoption.match"
        return Waiting("AwaitingRegistration", message, retry_after_s=_LOOK_AGAIN_S)

    def _found(self, key: ObjectKey, resource: EdgeHost, match: HostMatch, site: Site, findings: Findings) -> HostUid:
        if site.fleet.doubt is not None:
            self._context.wakes.subscribe(key, [connection_topic(resource), waking.fleet_pass(site.connection)])
            raise NotSeenYet("AwaitingFleet", site.fleet.doubt, retry_after_s=15)
        marked = self._marked(key, site)
        if marked is not None:
            return marked.uid
        rows = _candidates(match, site)
        held = {row.uid: self._holder(key, site, row) for row in rows}
        others = {uid: holder for uid, holder in held.items() if holder is not None}
        chosen = choose_device(match, rows, others, observing=resource.spec.mode == "Observe")
        if chosen is None:
            raise self.none_matches(key, resource, site, findings)
        return chosen.uid

    def _marked(self, key: ObjectKey, site: Site) -> HostRow | None:
        """Return the device that carries our mark: it was found before, and the status was lost."""
        identity = self._context.identity
        marked = [row for row in site.fleet.hosts_marked(identity.owner(key)) if identity.owns(row.labels, key)]
        if len(marked) > 1:
            message = f"{len(marked)} edge hosts in Palette carry the mark of {key}; remove all but one"
            raise Stalled("AmbiguousOwner", message)
        return marked[0] if marked else None

    def _holder(self, key: ObjectKey, site: Site, row: HostRow) -> ObjectKey | None:
        return self._context.reservations.device_holder(site.project.uid, row.uid, other_than=key)


def _candidates(match: HostMatch, site: Site) -> list[HostRow]:
    rows = site.fleet.hosts_named(match.name) if match.name else site.fleet.hosts_labelled(labels_from_tags(match.tags))
    return [row for row in rows if is_match(match, row)]
