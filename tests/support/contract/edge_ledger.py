"""What was exchanged with simulated edge hosts, what the specification says against it, and the exceptions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from palette_operator.edge.operations import every_operation
from support.contract.edge_calls import make_every_edge_call
from support.contract.exceptions import MOST, KnownDifference
from support.contract.exchanges import Exchange, Problem, reply_problems, request_problems
from support.contract.specification import Specification

__all__ = ["DIFFERENCES", "MOST", "EdgeLedger", "EdgeTraffic", "unknown", "unneeded"]

DIFFERENCES = (
    KnownDifference(
        what="PUT /v1/edge-mgmt/cluster is sent to hosts of the older generation",
        reason='Palette docs, "List of Endpoints Unavailable to Connected Edge Hosts", name it; the file has the newer',
        part="request",
        text="there is no such operation",
        call="PUT /v1/edge-mgmt/cluster",
    ),
    KnownDifference(
        what="refusals have statuses that the file does not declare",
        reason="it declares few; what a server answers before its endpoints, such as a router's 404, it never does",
        part="reply",
        text="status (400|401|403|404|405|500) is not declared",
    ),
    KnownDifference(
        what="a router numbers its refusals, as hosts do that do not know a path or a method",
        reason="v1Error declares a text; the client tells a missing path from a missing thing by it",
        part="reply",
        text=r"code: 40[45] is not of type .string.",
    ),
    KnownDifference(
        what="hosts of the older generation tell `registrationStatus`",
        reason='it is in the sample of Palette docs, "Edge Management API"',
        part="reply",
        text=r".*status: .*registrationStatus.*",
        call=r".* /v1/edge-mgmt/edgehosts/current(/link(/status)?)?",
    ),
    KnownDifference(
        what="a host without a cluster, or a token that does not count, is answered for with no body",
        reason="v1NotFound and v1Unauthorized are descriptions without a type",
        part="reply",
        text="its body is not JSON",
        call="GET /v1/edge-mgmt/(cluster/details|edgehosts/current)",
    ),
)


@dataclass(slots=True)
class EdgeTraffic:
    """All exchanges with hosts of one generation."""

    judge: Specification
    exchanges: list[Exchange] = field(default_factory=list)

    def problems(self) -> list[Problem]:
        """Return all that the specification does not allow, known differences included."""
        return [
            problem
            for exchange in self.exchanges
            for problem in (*request_problems(self.judge, exchange), *reply_problems(self.judge, exchange))
        ]

    def answered(self) -> Counter[tuple[str, str]]:
        """Count the successful replies by the operation of the client's table."""
        known = {(each.method, each.template): each for each in every_operation()}
        called: Counter[tuple[str, str]] = Counter()
        for exchange in self.exchanges:
            operation = self.judge.called(exchange.method, exchange.path)
            call = (operation.method, operation.template) if operation else (exchange.method, exchange.path)
            called[call] += exchange.status < 300 and call in known
        return +called


@dataclass(slots=True)
class EdgeLedger:
    """The runs of one session; each is made when it is first asked for, and kept."""

    judge: Specification
    _kept: dict[str, EdgeTraffic] = field(default_factory=dict)

    async def traffic(self, generation: str) -> EdgeTraffic:
        """Every call of the client, with hosts of one generation."""
        if generation not in self._kept:
            traffic = EdgeTraffic(self.judge)
            await make_every_edge_call(generation, traffic.exchanges)
            self._kept[generation] = traffic
        return self._kept[generation]

    def summary(self) -> list[str]:
        """Return what was held against the specification, in lines for people; none when nothing was exchanged."""
        if not self._kept:
            return []
        number = sum(len(traffic.exchanges) for traffic in self._kept.values())
        counted = (
            f"contract: {len(every_operation())} operations of the Edge Management API used; "
            f"{number} requests and {number} responses validated; exceptions: {len(DIFFERENCES)}"
        )
        return [counted, *(f"  exception: {known.what}: {known.reason}" for known in DIFFERENCES)]


def unknown(problems: list[Problem]) -> list[str]:
    """Return the problems that are no known difference, each once."""
    return sorted({str(p) for p in problems if not any(known.covers(p) for known in DIFFERENCES)})


def unneeded(problems: list[Problem]) -> list[KnownDifference]:
    """Return the known differences that no problem is."""
    return [known for known in DIFFERENCES if not any(known.covers(p) for p in problems)]
