"""What goes to the log, and what never does."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette import operations
from palette_operator.palette.credentials import UserLogin
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.sessions import SessionClock, TokenSession
from palette_operator.palette.transport import Call, Endpoint, Transport
from palette_operator.telemetry import configure_logging
from palette_sim.palette import SimulatedPalette


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Put the log back as it was."""
    root = logging.getLogger()
    names = ["httpx", "httpcore", "kopf.objects"]
    handlers, level, levels = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in names}
    root.handlers[:] = []  # those that are there would be closed
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.parametrize("log_format", ["json", "text"])
async def test_no_token_is_logged_though_it_is_in_the_path_of_its_renewal(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging("debug", log_format)
    now = [1_000.0]
    async with SimulatedPalette() as palette:
        clock = SessionClock(monotonic=lambda: now[0])
        user = UserLogin("ops@example.com", "demo-password")
        async with Transport(Endpoint(palette.endpoint), user, Limiter(), clock=clock) as transport:
            await transport.send(Call("asking", operations.WHO_AM_I))
            assert isinstance(transport.session, TokenSession)
            first = transport.session.headers() or {}
            now[0] += 700
            await transport.send(Call("asking", operations.WHO_AM_I))
            await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "renewing a token"))
            second = transport.session.headers() or {}
            call = Call("listing", operations.SEARCH_CLUSTERS, project=ProjectUid("nowhere"), body={})
            with pytest.raises(Exception, match="listing"):
                await transport.send(call)
            logging.getLogger("palette_operator").debug("the end")

    written = capsys.readouterr().err
    assert "the end" in written
    assert first["Authorization"] != second["Authorization"]
    assert "/v1/auth/refresh/{token}" in [entry.path for entry in palette.requests.entries]
    assert [w for w in (first["Authorization"], second["Authorization"], "demo-password") if w in written] == []
