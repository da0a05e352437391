"""Every scenario runs on the control plane that --control-plane names, in a world of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.typedefs import Middleware

from palette_sim.palette import PaletteConfig
from support.scenarios.control_plane import ControlPlane, running_control_plane
from support.scenarios.operator_process import OperatorOptions, OperatorProcess
from support.scenarios.rights_plugin import RightsUsed
from support.scenarios.world import OpenWorld, World, open_world, start_operator

_HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Have the operator's rights judged where there are any."""
    if config.getoption("--control-plane") == "genuine":
        config.pluginmanager.register(RightsUsed(config, _HERE), "rights-used")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Provide a genuine control plane before the clock of any scenario runs: building one takes minutes."""
    if session.config.getoption("--control-plane") == "genuine":
        done = subprocess.run(
            [sys.executable, "-m", "palette_sim.controlplane"], check=False, stdout=subprocess.DEVNULL
        )
        if done.returncode:
            pytest.exit("no genuine control plane can be had here", returncode=done.returncode)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all scenarios in one event loop: they share processes, and the simulated Palettes live in it."""
    for item in items:
        if _HERE in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many scenarios ran, so that the two control planes can be compared."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    ran = [r for r in reports if r.when == "call" and "scenarios/" in r.nodeid]
    if ran:
        terminalreporter.write_line(
            f"{len(ran)} scenarios ran on the {config.getoption('--control-plane')} control plane"
        )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def control_plane(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ControlPlane]:
    """The API server of this session, with our CRDs."""
    kind = request.config.getoption("--control-plane")
    async with running_control_plane(kind, tmp_path_factory.mktemp("control-plane")) as plane:
        yield plane


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_operator(
    request: pytest.FixtureRequest, control_plane: ControlPlane
) -> AsyncIterator[OperatorProcess]:
    """One operator for all worlds of a module, as its OPERATOR says; it watches every namespace."""
    operator, _ = await start_operator(control_plane, getattr(request.module, "OPERATOR", None))
    try:
        yield operator
    finally:
        await operator.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def world(control_plane: ControlPlane, shared_operator: OperatorProcess) -> AsyncIterator[World]:
    """A world under the module's operator, with a connection to a simulated Palette of its own."""
    async with open_world(control_plane, shared_operator) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def open_own_world(control_plane: ControlPlane) -> AsyncIterator[OpenWorld]:
    """A function that opens a world with an operator of its own, which may be killed and started anew.

    Not for modules that use `world`: two operators never run at once.
    """
    async with AsyncExitStack() as stack:

        async def opened(
            *,
            palette: PaletteConfig | None = None,
            operator: OperatorOptions | None = None,
            connect: bool = True,
            middlewares: Sequence[Middleware] = (),
        ) -> World:
            started, name = await start_operator(control_plane, operator, watch=True)
            stack.push_async_callback(started.stop)
            return await stack.enter_async_context(
                open_world(control_plane, started, name=name, palette=palette, connect=connect, middlewares=middlewares)
            )

        yield opened
