"""Where a call is made: in the tenant or in one project. An argument of each call, never a client's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from palette_operator.domain.identifiers import ProjectUid


@dataclass(frozen=True, slots=True)
class Tenant:
    """The whole tenant: the call carries no ProjectUid."""

    @property
    def project(self) -> None:
        """No project."""
        return None


@dataclass(frozen=True, slots=True)
class ProjectScope:
    """One project. Source: Palette docs, "Scope": without its uid Palette would silently widen a call to the tenant."""

    project: ProjectUid

    def __post_init__(self) -> None:
        """Refuse an empty uid; raises ValueError."""
        if not self.project.strip():
            raise ValueError("a call in a project needs the project's uid")


Scope: TypeAlias = Tenant | ProjectScope
TENANT = Tenant()
