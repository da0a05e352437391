"""Every request of the client of edge hosts, and every answer, held against the Edge Management specification."""

import pytest

from palette_operator.edge.operations import every_operation
from palette_sim.edge import Generation
from support.contract.edge_ledger import DIFFERENCES, MOST, EdgeLedger, unknown, unneeded

USED = {(operation.method, operation.template) for operation in every_operation()}
GENERATIONS = [each.value for each in Generation]


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_all_that_is_sent_to_a_host_is_declared_and_so_are_the_answers(
    generation: str, edge_ledger: EdgeLedger
) -> None:
    assert unknown((await edge_ledger.traffic(generation)).problems()) == []


async def test_every_operation_of_the_table_is_sent_and_answered_by_a_host_of_one_generation(
    edge_ledger: EdgeLedger,
) -> None:
    answered = {call for each in GENERATIONS for call in (await edge_ledger.traffic(each)).answered()}

    assert answered == USED


def test_every_operation_that_is_used_is_declared_but_for_the_older_spelling(edge_ledger: EdgeLedger) -> None:
    assert USED - set(edge_ledger.judge.operations) == {("PUT", "/v1/edge-mgmt/cluster")}


async def test_the_known_differences_are_few_and_all_needed(edge_ledger: EdgeLedger) -> None:
    problems = [problem for each in GENERATIONS for problem in (await edge_ledger.traffic(each)).problems()]

    assert len(DIFFERENCES) <= MOST
    assert unneeded(problems) == []
