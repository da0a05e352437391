"""Every request and every reply of whole runs, held against Palette's published specification of both versions."""

import pytest

from palette_operator.palette.operations import every_operation
from palette_sim.palette.config import ApiVersion
from palette_sim.palette.server import endpoints
from support.contract.client_calls import client_parameters
from support.contract.exceptions import KNOWN_DIFFERENCES, MOST
from support.contract.ledger import Ledger, unknown, unneeded
from support.contract.specification import VERSIONS

USED = {(operation.method, operation.template) for operation in every_operation()}


@pytest.mark.parametrize("version", VERSIONS)
async def test_all_that_the_client_can_send_is_declared_and_so_are_the_answers(version: str, ledger: Ledger) -> None:
    assert unknown((await ledger.client(version)).problems()) == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_method_of_the_client_is_called_with_every_part_of_its_request(
    version: str, ledger: Ledger
) -> None:
    recorder = (await ledger.client(version)).recorder
    assert recorder is not None

    left_out = {name: parts - recorder.given[name] for name, parts in client_parameters().items()}

    assert {name: parts for name, parts in left_out.items() if parts or name not in recorder.given} == {}


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_operation_of_the_table_is_sent_and_answered(version: str, ledger: Ledger) -> None:
    assert USED - set((await ledger.client(version)).answered()) == set()


@pytest.mark.parametrize("version", VERSIONS)
async def test_no_operation_is_sent_that_the_table_does_not_name(version: str, ledger: Ledger) -> None:
    sent = (await ledger.client(version)).answered() + (await ledger.operator(version)).answered()

    assert set(sent) - USED == set()


@pytest.mark.parametrize("version", VERSIONS)
async def test_all_that_the_operator_exchanges_is_declared(version: str, ledger: Ledger) -> None:
    assert unknown((await ledger.operator(version)).problems()) == []


async def test_the_operator_writes_the_same_whatever_the_version(ledger: Ledger) -> None:
    earlier, later = [(await ledger.operator(version)).writes for version in VERSIONS]

    assert set(earlier) == set(later)


@pytest.mark.parametrize("version", VERSIONS)
async def test_all_that_the_simulated_palette_answers_is_declared(version: str, ledger: Ledger) -> None:
    assert unknown((await ledger.simulator(version)).problems()) == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_endpoint_of_the_simulated_palette_is_answered_with_success(version: str, ledger: Ledger) -> None:
    assert set(endpoints(ApiVersion(version))) - set((await ledger.simulator(version)).answered()) == set()


async def test_every_exception_is_needed_and_they_are_few(ledger: Ledger) -> None:
    runs = [traffic for version in VERSIONS for traffic in await ledger.whole(version)]

    assert unneeded([problem for traffic in runs for problem in traffic.problems()]) == []
    assert len(KNOWN_DIFFERENCES) <= MOST
