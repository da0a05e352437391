"""One request to a host, as the endpoints describe it: nothing of how it travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from palette_operator.edge.multipart import Form
from palette_operator.edge.operations import Operation


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a host."""

    doing: str
    """In plain words, for messages, with the host's endpoint: `https://10.0.0.7:5080: reading the cluster`."""
    operation: Operation
    names: tuple[str, ...] = field(default=(), repr=False)
    """What fills the placeholders of the operation's path."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = field(default=None, repr=False)
    """Sent as JSON unless None. It may hold a password or a variable's value."""
    form: Form | None = field(default=None, repr=False)
    """Sent as multipart/form-data instead of a body."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values that may not appear in a message, should the host repeat them. The token counts without being named."""
    path: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Fill in the path; raises ValueError for names that are not the operation's."""
        object.__setattr__(self, "path", self.operation.path(*self.names))
