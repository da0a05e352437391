"""Where we knowingly differ from the published specification. At most five, each with its reason, each needed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from support.contract.exchanges import Problem

MOST = 5


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """One difference that is right as it is."""

    what: str
    reason: str
    part: str
    """`request` or `reply`."""
    text: str
    """Regular expression for the whole text of the problem."""
    version: str = ".*"
    call: str = ".*"
    """Regular expression for method and path, as the specification writes them."""

    def covers(self, problem: Problem) -> bool:
        """Tell whether a problem is this difference."""
        return (
            problem.part == self.part
            and re.fullmatch(self.version, problem.version) is not None
            and re.fullmatch(self.call, problem.call) is not None
            and re.fullmatch(self.text, problem.text) is not None
        )


KNOWN_DIFFERENCES = (
    KnownDifference(
        what="ProjectUid is sent to 4.8",
        reason='the file of 4.8 declares the header nowhere; Palette docs, "Scope", ask for it',
        part="request",
        text="header projectuid is not declared",
        version=r"4\.8",
    ),
    KnownDifference(
        what="refusals have statuses that the files do not declare",
        reason='the files declare hardly any; Palette docs, "Response Codes", do, and the body is held against v1Error',
        part="reply",
        text="status (400|401|403|404|500) is not declared",
    ),
)
