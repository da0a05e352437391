"""Damaged answers differ from what was said, in every way there is, and the same seed does the same damage."""

import json
import random

import pytest

from palette_sim.common import mangling
from palette_sim.common.mangling import Place, mangle, omit
from support.palette_api import PaletteApi

BODY = json.dumps({"items": [{"metadata": {"uid": "a", "size": 3, "ready": True}}], "listmeta": {"count": 1}}).encode()


@pytest.mark.parametrize("seed", range(200))
def test_no_damage_leaves_a_body_as_it_was_and_the_same_seed_does_the_same(seed: int) -> None:
    damaged = mangle(BODY, random.Random(seed))

    assert damaged != BODY
    assert damaged == mangle(BODY, random.Random(seed))


def test_every_kind_of_damage_is_done() -> None:
    dice = random.Random(0)
    damaged = [mangle(BODY, dice) for _ in range(300)]

    assert any(body.startswith(b"<html>") for body in damaged)
    assert any(body.startswith(b"[[[[") for body in damaged)
    assert any(b"\xff" in body for body in damaged)
    assert any(b"NaN" in body for body in damaged)
    assert any(BODY.startswith(body) for body in damaged)
    assert len(mangling._DAMAGES) == 8


def test_another_type_is_put_in_and_never_another_value_of_the_same() -> None:
    dice = random.Random(0)
    for _ in range(300):
        changed = json.loads(mangling._other_type(b'{"a": {"b": "text"}}', dice))
        assert not isinstance(changed, dict) or not isinstance(changed["a"], dict) or changed["a"]["b"] != "stray"


def test_every_field_is_left_out_in_its_turn_and_nothing_else_changes() -> None:
    omitted = {omit(BODY, random.Random(seed)) for seed in range(200)}

    assert {place for _, place in omitted} == {
        ("items",),
        ("items", 0, "metadata"),
        ("items", 0, "metadata", "uid"),
        ("items", 0, "metadata", "size"),
        ("items", 0, "metadata", "ready"),
        ("listmeta",),
        ("listmeta", "count"),
    }
    assert {place: json.loads(body) for body, place in omitted}["items", 0, "metadata", "size"] == {
        "items": [{"metadata": {"uid": "a", "ready": True}}],
        "listmeta": {"count": 1},
    }


def test_two_answers_in_a_row_never_lack_the_same() -> None:
    dice = random.Random(0)
    before: Place = ()
    for _ in range(300):
        _, place = omit(BODY, dice, before)
        assert place[: len(before)] != before or not before
        assert before[: len(place)] != place
        before = place


@pytest.mark.parametrize("body", [b"[]", b"[1]", b'"text"', b"{}"])
def test_what_has_no_field_stays_as_it_is(body: bytes) -> None:
    assert omit(body, random.Random(0)) == (body, ())


async def test_answers_lack_a_field_until_they_do_not(api: PaletteApi) -> None:
    (host,) = api.ready_hosts(1)
    whole = await api.json(f"/v1/edgehosts/{host}")
    api.palette.omit("GET", "/v1/edgehosts/.*", seed=1, count=2)
    first, second = [await api.json(f"/v1/edgehosts/{host}") for _ in range(2)]

    assert len({json.dumps(each) for each in (whole, first, second)}) == 3
    assert await api.json(f"/v1/edgehosts/{host}") == whole


async def test_answers_are_damaged_after_they_were_processed(api: PaletteApi) -> None:
    api.palette.mangle("POST", "/v1/edgehosts", count=1)

    reply = await api.post("/v1/edgehosts", {"metadata": {"uid": "h"}})

    assert list(api.palette.hosts) == ["h"]
    assert reply.status_code == 201
    assert reply.content != b'{"uid":"h"}'


async def test_what_is_announced_comes_with_each_answer_that_matches_until_it_is_removed(api: PaletteApi) -> None:
    body = {"path": "/v1/health/.*", "headers": {"Sunset": "Mon, 01 Mar 2027 00:00:00 GMT"}}
    number = (await api.client.post("/_sim/announcements", json=body)).json()["uid"]
    announced = await api.get("/v1/health/ping")
    other = await api.get("/v1/users/info")
    listed = (await api.client.get("/_sim/announcements")).json()
    await api.client.delete(f"/_sim/announcements/{number}")

    assert announced.headers["Sunset"] == "Mon, 01 Mar 2027 00:00:00 GMT"
    assert "Sunset" not in other.headers
    assert [each["headers"] for each in listed] == [body["headers"]]
    assert "Sunset" not in (await api.get("/v1/health/ping")).headers


async def test_how_lists_behave_is_set_and_shown_from_outside(api: PaletteApi) -> None:
    api.ready_hosts(3)
    await api.client.put("/_sim/lists", json={"largest_page": 2, "quirk": "wrong-count"})
    page = (await api.post("/v1/dashboard/edgehosts/search")).json()
    shown = (await api.client.get("/_sim/lists")).json()

    assert (len(page["items"]), page["listmeta"]["count"]) == (2, 4)
    assert shown == {"largest_page": 2, "token_life_s": None, "shuffle": False, "quirk": "wrong-count"}


async def test_a_token_expires_in_simulated_time(api: PaletteApi) -> None:
    api.ready_hosts(3)
    await api.client.put("/_sim/lists", json={"largest_page": 2, "token_life_s": 60})
    search = "/v1/dashboard/edgehosts/search"
    token = (await api.post(search)).json()["listmeta"]["continue"]
    fresh = await api.post(f"{search}?continue={token}")
    api.palette.advance(60)
    late = await api.post(f"{search}?continue={token}")

    assert fresh.status_code == 200
    assert (late.status_code, late.json()["code"]) == (400, "InvalidContinueToken")
