"""A simulated Palette for each test, whose time stands still."""

from collections.abc import AsyncIterator

import pytest

from support.palette_api import PaletteApi, serve_palette


@pytest.fixture
async def api() -> AsyncIterator[PaletteApi]:
    async with serve_palette() as served:
        yield served
