"""A simulated edge host for each test, whose time stands still; three that are linked; one connected to Palette."""

from collections.abc import AsyncIterator

import pytest

from support.edge_api import PEER, UID, WORKER, EdgeApi, host_seed, serve_site


@pytest.fixture
async def api() -> AsyncIterator[EdgeApi]:
    async with serve_site() as served:
        yield served


@pytest.fixture
async def linked() -> AsyncIterator[EdgeApi]:
    seeds = [host_seed(uid) for uid in (UID, PEER, WORKER)]
    async with serve_site(*seeds, links=[[UID, PEER, WORKER]]) as served:
        yield served
