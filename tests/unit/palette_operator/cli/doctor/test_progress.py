from __future__ import annotations

import asyncio

import pytest

from palette_operator.cli.doctor.progress import progress


async def test_what_is_soon_done_needs_no_company(capsys: pytest.CaptureFixture[str]) -> None:
    async with progress(quiet_s=60) as say:
        say("listing")
        await asyncio.sleep(0)

    assert capsys.readouterr() == ("", "")


async def test_what_takes_its_time_is_said_on_the_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    async with progress(quiet_s=0) as say:
        say("listing the clusters: 50 of 120")
        for _ in range(3):
            await asyncio.sleep(0)

    assert capsys.readouterr() == ("", "doctor: listing the clusters: 50 of 120 ...\n")
