"""What lies on the host: cluster definitions, what their variables may be, and the content of its registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from palette_operator.domain.local import (
    Archive,
    Content,
    ContentSync,
    LocalVariable,
    RegistryHealth,
    VariableVerdict,
)
from palette_operator.edge import operations
from palette_operator.edge.endpoints.base import Endpoints
from palette_operator.edge.wire.content import ArchiveDetails, Contents, Registry, Sync, Verdicts
from palette_operator.http.replies import cleaned

WhichArchive: TypeAlias = Literal["embedded", "overridden", "update"]
_ARCHIVES = {
    "embedded": operations.GET_EMBEDDED_ARCHIVE,
    "overridden": operations.GET_OVERRIDDEN_ARCHIVE,
    "update": operations.GET_UPDATE_ARCHIVE,
}


class ContentEndpoints(Endpoints):
    """Calls about content. Each only reads."""

    async def archive(self, which: WhichArchive) -> Archive | None:
        """Read a cluster definition: that of the image, the uploaded one, or the one to update to. None without one."""
        call = self._call(f"reading the {which} cluster definition", _ARCHIVES[which])
        found = await self._read_or_none(call, ArchiveDetails)
        return None if found is None or not found.is_there else found.archive()

    async def validate_variables(
        self, archive_path: str, variables: Sequence[LocalVariable]
    ) -> tuple[VariableVerdict, ...]:
        """Ask the host whether values will do for the variables of an archive."""
        values = tuple(variable.value for variable in variables)
        body = {
            "archiveUploadPath": archive_path,
            "variables": [
                {"name": each.name, "profileUid": each.profile_uid, "value": each.value} for each in variables
            ],
        }
        call = self._call("validating variables", operations.VALIDATE_VARIABLES, body=body, secrets=values)
        verdicts = await self._read(call, Verdicts)
        return tuple(each.verdict(cleaned(each.validation_failure_reason, values)) for each in verdicts.variables)

    async def contents(self) -> tuple[Content, ...]:
        """List what the host's registry has."""
        call = self._call("listing content", operations.GET_CONTENTS)
        return tuple(item.content() for item in (await self._read(call, Contents)).status)

    async def registry_health(self) -> RegistryHealth:
        """Tell how the host's registry fares."""
        return (
            await self._read(self._call("asking for its registry", operations.GET_REGISTRY_HEALTH), Registry)
        ).health()

    async def content_sync(self) -> ContentSync:
        """Tell how far content has come into the registry."""
        return (await self._read(self._call("following content", operations.GET_CONTENT_SYNC), Sync)).sync()
