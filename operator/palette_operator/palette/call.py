"""One request to Palette, as the endpoints describe it: nothing of how it travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette.lanes import Lane
from palette_operator.palette.operations import Operation, Within


@dataclass(frozen=True, slots=True)
class Call:
    """One request to Palette."""

    doing: str
    """In plain words, for messages: `reading cluster 5f...`."""
    operation: Operation
    names: tuple[str, ...] = field(default=(), repr=False)
    """What fills the placeholders of the operation's path; one of them may be a token."""
    project: ProjectUid | None = None
    """Sent as ProjectUid; None asks in the tenant's scope."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = field(default=None, repr=False)
    """Sent as JSON unless None; any method may carry one. It may hold a password or a variable's value."""
    lane: Lane = Lane.TRANSITION
    permit_deadline_s: float | None = None
    """How long to wait for the permit of each try; None for as long as it takes."""
    leave_within_s: float | None = None
    """What has not left so long after the call was made is not sent, whatever held it up; None when it never is too
    late."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values in the path or body that may not appear in a message, should Palette repeat them. The credential counts
    without being named here."""
    path: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Fill in the path; raises ValueError for a scope or names that are not the operation's."""
        if self.operation.within is Within.PROJECT and not (self.project and self.project.strip()):
            raise ValueError(f"{self.doing}: a call in a project needs the project's uid")
        if self.operation.within is Within.TENANT and self.project is not None:
            raise ValueError(f"{self.doing}: a call in the tenant carries no project")
        if self.project is not None and not self.project.strip():
            raise ValueError(f"{self.doing}: an empty uid would widen the call to the tenant")
        object.__setattr__(self, "path", self.operation.path(*self.names))
