"""Which files are still to be brought onto a host, and what is remembered of those that were. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from palette_operator.domain.actions import UploadToHost
from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.resources import LocalUpload, UploadStatus


@dataclass(frozen=True, slots=True)
class DesiredUpload:
    """A file as it should be on a host."""

    name: str
    kind: str
    hash: str
    """Keyed hash: of another host, of one that was reset meanwhile, and under another name it is another."""


def plan_uploads(
    uid: HostUid, wanted: Sequence[DesiredUpload], sent: Collection[UploadStatus], not_now: Collection[str] = ()
) -> tuple[UploadToHost, ...]:
    """Return what is to be sent, in the order of the spec: all that was not sent, or not as it is now.

    `not_now` has the hashes of files that are under way, or rest after a failure.
    """
    known = {each.hash for each in sent} | set(not_now)
    return tuple(UploadToHost(uid, each.name, each.kind, each.hash) for each in wanted if each.hash not in known)


def remembered(
    spec: Sequence[LocalUpload],
    wanted: Sequence[DesiredUpload],
    before: Sequence[UploadStatus],
    arrived: Mapping[str, str],
) -> tuple[UploadStatus, ...]:
    """Return what the status says of uploads: what `arrived`, by hash with its path, else what it said before.

    What the spec names no more is forgotten.
    """
    names = [upload.name for upload in spec]
    by_name = {each.name: each for each in before}
    for each in wanted:
        if each.hash in arrived:
            by_name[each.name] = UploadStatus(name=each.name, kind=each.kind, hash=each.hash, path=arrived[each.hash])
    return tuple(by_name[name] for name in names if name in by_name)
