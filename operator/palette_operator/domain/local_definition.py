"""The definition that a local cluster is made of: which archive is meant, and what of it the spec fills in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from palette_operator.domain.desired import DesiredProfile, DesiredVariable
from palette_operator.domain.errors import Stalled, Waiting
from palette_operator.domain.identifiers import ProfileUid
from palette_operator.domain.local import Archive, ArchiveProfile, VariableVerdict
from palette_operator.domain.references import LOOK_AGAIN_S, variable_value
from palette_operator.domain.resources import ClusterProfile, ProfileStatus


@dataclass(frozen=True, slots=True)
class Archives:
    """The definitions that the leader shows."""

    embedded: Archive | None = None
    others: tuple[Archive, ...] = ()
    """Uploaded ones: for a new cluster, or as an update."""

    def at(self, path: str) -> Archive | None:
        """Return the archive at a path."""
        shown = (*self.others, *((self.embedded,) if self.embedded else ()))
        return next((archive for archive in shown if archive.path == path), None)


def remembered_archive(path: str, profiles: Sequence[ProfileStatus]) -> Archive | None:
    """Return the archive that a status tells of: once applied, a host may show it no more."""
    known = tuple(ArchiveProfile(each.name, ProfileUid(each.uid), each.desired) for each in profiles if each.uid)
    return Archive(path, known) if path and known else None


def find_archive(wanted: str, archives: Archives, remembered: Archive | None, *, leader: str) -> Archive:
    """Return the archive that is meant: at the path that is `wanted`, or the embedded one where that is "".

    Raises Waiting while the leader does not show it: it may be uploaded at any time.
    """
    if not wanted:
        if archives.embedded is not None:
            return archives.embedded
        message = (
            f"edge host {leader} has no embedded cluster definition; upload one to it and name its path in "
            "spec.cloud.edgeLocal.definition.archivePath"
        )
        raise Waiting("DefinitionNotFound", message, retry_after_s=LOOK_AGAIN_S)
    found = archives.at(wanted)
    if found is None and remembered is not None and remembered.path == wanted:
        found = remembered
    if found is None:
        message = (
            f"edge host {leader} shows no cluster definition at {wanted}; upload it, or correct "
            "spec.cloud.edgeLocal.definition.archivePath"
        )
        raise Waiting("DefinitionNotFound", message, retry_after_s=LOOK_AGAIN_S)
    return found


def resolve_definition(
    references: Iterable[ClusterProfile], archive: Archive, secrets: Mapping[tuple[str, str], str]
) -> tuple[DesiredProfile, ...]:
    """Return the profiles of the archive, with the variables that the spec gives for them.

    Raises Stalled when the spec names a profile, or a version, that the archive does not have.
    """
    wanted = {reference.name: reference for reference in references}
    known = {profile.name: profile for profile in archive.profiles}
    for name, reference in wanted.items():
        found = known.get(name)
        if found is None or found.version != reference.version:
            has = f"it has {found.version or 'no version'}" if found else f"it has {', '.join(sorted(known)) or 'none'}"
            raise Stalled(
                "ProfileNotFound",
                f"cluster profile {name!r} {reference.version} is not in the definition {archive.path}: {has}; correct "
                "spec.profiles, or name another definition",
            )
    return tuple(_profile(profile, wanted.get(profile.name), secrets) for profile in archive.profiles)


def _profile(
    profile: ArchiveProfile, reference: ClusterProfile | None, secrets: Mapping[tuple[str, str], str]
) -> DesiredProfile:
    given = reference.variables if reference else ()
    return DesiredProfile(
        uid=profile.uid,
        name=profile.name,
        version=profile.version,
        variables=tuple(DesiredVariable(each.name, variable_value(each, secrets)) for each in given),
    )


def check_verdicts(verdicts: Iterable[VariableVerdict], *, leader: str) -> None:
    """Raise Stalled for variables that the leader refuses: with their names and its reasons, never with values."""
    refused = [
        f"{verdict.name} of {verdict.profile_name or verdict.profile_uid or 'no profile'}: "
        f"{verdict.reason or 'not valid'}"
        for verdict in verdicts
        if not verdict.is_valid
    ]
    if refused:
        message = f"edge host {leader} refuses variables of spec.profiles: {'; '.join(refused)}"
        raise Stalled("InvalidVariables", message)
