"""A look and what becomes of its resource meanwhile."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from palette_operator.kube.objects import Body
from support.fake_kube import resource_body
from support.palette_api import serve_palette
from support.whole_look import HOST, WholeLook, open_look


def host(**metadata: Any) -> Body:  # noqa: ANN401 - any field of the metadata
    return resource_body(HOST, **metadata) | {"spec": {"connectionRef": {"name": "default"}}}


@pytest.fixture
async def look() -> AsyncIterator[WholeLook]:
    async with serve_palette() as api, open_look(api, host()) as opened:
        yield opened


@pytest.mark.parametrize("is_shown", [True, False], ids=["the watch shows it", "the watch has not shown it yet"])
async def test_one_that_is_made_anew_meanwhile_gets_nothing_of_what_was_found(look: WholeLook, is_shown: bool) -> None:
    anew = host(version=99, uid="made-anew", status={})

    def replace(_: str, answer: object) -> object:
        look.kube.bodies[HOST] = anew
        if is_shown:
            look.objects.put(anew)
        return answer

    await look.list_fleet()
    look.network.asked.clear()
    look.network.loss = replace
    await look.look_at(HOST)

    assert look.network.asked, "it was replaced in the midst of the look"
    assert look.kube.bodies[HOST] == anew
