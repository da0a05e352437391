"""Who has which edge hosts and which name: taken in one step, so that two resources never take the same."""

from __future__ import annotations

from collections.abc import Iterable

from palette_operator.domain.identifiers import HostUid, ObjectKey, ProjectUid


class Reservations:
    """Claims of resources on hosts and names.

    Kept in memory by the one leader, and read back from the statuses at start: a choice is written to the status
    before anything is created with it.
    """

    def __init__(self) -> None:
        self._holders: dict[HostUid, ObjectKey] = {}
        self._hosts: dict[ObjectKey, frozenset[HostUid]] = {}
        self._names: dict[tuple[ProjectUid, str], ObjectKey] = {}
        self._named: dict[ObjectKey, tuple[ProjectUid, str]] = {}
        self._devices: dict[tuple[ProjectUid, HostUid], ObjectKey] = {}
        self._device_of: dict[ObjectKey, tuple[ProjectUid, HostUid]] = {}

    def holder(self, host: HostUid, *, other_than: ObjectKey | None = None) -> ObjectKey | None:
        """Return who holds a host, if anyone (else)."""
        holder = self._holders.get(host)
        return None if holder == other_than else holder

    def claim_hosts(self, key: ObjectKey, hosts: Iterable[HostUid]) -> None:
        """Replace a resource's claims; hosts that somebody else holds are left to them."""
        self._drop_hosts(key)
        mine = frozenset(host for host in hosts if self._holders.setdefault(host, key) == key)
        self._hosts[key] = mine

    def claim_name(self, key: ObjectKey, project: ProjectUid, name: str) -> ObjectKey | None:
        """Claim a cluster name in a project; return who else holds it, or None when it is ours now."""
        self._drop_name(key)
        holder = self._names.setdefault((project, name), key)
        if holder != key:
            return holder
        self._named[key] = (project, name)
        return None

    def claim_device(self, key: ObjectKey, project: ProjectUid, device: HostUid) -> ObjectKey | None:
        """Claim a device for an EdgeHost; return which other one holds it, or None when it is ours now."""
        self._drop_device(key)
        holder = self._devices.setdefault((project, device), key)
        if holder != key:
            return holder
        self._device_of[key] = (project, device)
        return None

    def device_holder(self, project: ProjectUid, device: HostUid, *, other_than: ObjectKey) -> ObjectKey | None:
        """Return which other EdgeHost holds a device, if any."""
        holder = self._devices.get((project, device))
        return None if holder == other_than else holder

    def release(self, key: ObjectKey) -> None:
        """Give up all claims of a resource."""
        self._drop_hosts(key)
        self._drop_name(key)
        self._drop_device(key)

    def _drop_hosts(self, key: ObjectKey) -> None:
        for host in self._hosts.pop(key, frozenset()):
            del self._holders[host]

    def _drop_device(self, key: ObjectKey) -> None:
        claimed = self._device_of.pop(key, None)
        if claimed is not None:
            del self._devices[claimed]

    def _drop_name(self, key: ObjectKey) -> None:
        named = self._named.pop(key, None)
        if named is not None:
            del self._names[named]
