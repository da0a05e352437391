"""Continue tokens: followed to the end of a list, and never taken for the whole when they lead elsewhere."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.http.replies import Reply
from palette_operator.palette.call import Call
from palette_operator.palette.client import PaletteClient, ProjectScope
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.paging import MOST_BREAKS, MOST_PAGES, SPARE_PAGES
from palette_operator.palette.transport import Endpoint, Transport
from palette_sim.palette.paging import ListSettings, Quirk
from support.palette_api import ADMIN_KEY, PROJECT, PaletteApi, serve_palette

SCOPE = ProjectScope(ProjectUid("p1"))
UNHURRIED = LimiterOptions(overrides={"/v1/dashboard": 1e6}, capacity=1e6)
Handler = Callable[[httpx.Request], httpx.Response]
REFUSAL = {"code": "InvalidContinueToken", "message": "the token has expired"}


class Script:
    """Answers searches by page number, from 0, the last one for ever; `{"items", "listmeta"}` or a whole response."""

    def __init__(self, *answers: Any) -> None:  # noqa: ANN401 - JSON, a response, or a function
        self.answers = answers
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/users/info":
            return httpx.Response(200, json={"userUid": "u"})
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if callable(answer):
            answer = answer(self.asked)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def page(uids: range | list[int], count: object, token: str = "") -> dict[str, Any]:
    items = [{"metadata": {"uid": f"c{n}", "name": "n"}} for n in uids]
    return {"items": items, "listmeta": {"continue": token, "count": count, "limit": 50, "offset": 0}}


def client_of(handler: Handler) -> PaletteClient:
    network = httpx.MockTransport(handler)
    return PaletteClient(Transport(Endpoint("https://p.test"), ApiKey("key"), Limiter(UNHURRIED), network=network))


async def found(script: Handler) -> list[str] | ReconcileError:
    """Search by name, as before a create: what comes is held to be all that there is."""
    async with client_of(script) as client:
        return await searched(client)


async def searched(client: PaletteClient) -> list[str] | ReconcileError:
    try:
        return [row.uid for row in await client.search_clusters(SCOPE, ["n"])]
    except ReconcileError as error:
        return error


@dataclass
class Case:
    script: Script
    kind: type[ReconcileError] | None
    says: str = ""
    asked: int = 2


ENDLESS = (Unavailable, "do not come to an end")
MOVED = (Waiting, "the list changed while it was read")
UNTOLD = (Unavailable, "does not say how long the list is")
BROKE = (Waiting, "broke off while it was read")
FULL = page(range(50), 60, "t1")
CASES = {
    "two pages are the whole": Case(Script(FULL, page(range(50, 60), 60)), None),
    "a list that grows at its end is whole": Case(Script(FULL, page(range(50, 62), 62)), None),
    "nothing at all is whole": Case(Script(page([], 0)), None, asked=1),
    "more than fifty on a page are taken as they come": Case(Script(page(range(70), 70)), None, asked=1),
    "a row that left may have hidden another": Case(Script(FULL, page(range(51, 60), 59)), *MOVED),
    "rows that moved show twice": Case(Script(FULL, page(range(49, 59), 60)), *MOVED),
    "duplicates on one page": Case(Script(page([0, 0, 1], 3)), *MOVED, asked=1),
    "a row without a uid": Case(
        Script({"items": [{"metadata": {}}], "listmeta": {"continue": "", "count": 1}}),
        Unavailable,
        "metadata.uid",
        asked=1,
    ),
    "an end that comes too early": Case(Script(page(range(50), 60)), *MOVED, asked=1),
    "a count that is missing": Case(Script(page([], None)), *UNTOLD, asked=1),
    "no listmeta": Case(Script({"items": []}), *UNTOLD, asked=1),
    "a negative count": Case(Script(page([], -1)), *UNTOLD, asked=1),
    "a count that is too large": Case(Script(page([1], 9)), *MOVED, asked=1),
    "a count that is no number": Case(Script(page([], "many")), Unavailable, "listmeta.count", asked=1),
    "a page that comes again with a new token": Case(Script(FULL, page(range(50), 60, "t2")), *ENDLESS),
    "the same token again": Case(Script(FULL, page(range(50, 100), 60, "t1")), *ENDLESS),
    "an empty page with a token": Case(Script(FULL, page([], 60, "t2")), *ENDLESS),
    "tokens in a circle": Case(
        Script(FULL, page(range(50, 60), 60, "t2"), page(range(60, 70), 60, "t1")), *ENDLESS, asked=3
    ),
    "pages that never end": Case(
        Script(lambda n: page([n], 100, f"t{n}")), *ENDLESS, asked=100 // 50 + SPARE_PAGES + 1
    ),
    "a token that expired": Case(Script(FULL, httpx.Response(400, json=REFUSAL)), *BROKE),
    "a token that leads nowhere": Case(
        Script(FULL, httpx.Response(404, json={"code": "ResourceNotFound", "message": "no such page"})), *BROKE
    ),
    "a token that the router refuses": Case(
        Script(FULL, httpx.Response(404, json={"code": 404, "message": "no such path"})), *BROKE
    ),
    "a list that is refused from the start": Case(
        Script(httpx.Response(400, json=REFUSAL)), Stalled, "InvalidContinueToken", asked=1
    ),
    "a credential that is refused in the middle": Case(
        Script(FULL, httpx.Response(401, json={"code": "UnAuthorizedAccess"})), Stalled, "credentials"
    ),
    "a server that errs in the middle": Case(
        Script(FULL, httpx.Response(500, json={"code": "DbDown", "message": "x"})), Unavailable, "DbDown"
    ),
    "half a page": Case(Script(FULL, httpx.Response(200, content=b'{"items": [{')), Unavailable, "cannot be read"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_search(case: Case) -> None:
    result = await found(case.script)

    assert case.script.asked == case.asked
    if case.kind is None:
        assert isinstance(result, list)
        assert len(result) == len(set(result))
    else:
        assert type(result) is case.kind
        assert str(result).startswith("searching clusters by name: ")
        assert case.says in str(result)


async def test_a_list_that_lies_about_its_length_is_given_up_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("palette_operator.palette.paging.MOST_PAGES", 30)
    script = Script(lambda n: page([n], 10**15, f"t{n}"))

    assert MOST_PAGES * 50 >= 100_000
    assert isinstance(await found(script), Unavailable)
    assert script.asked == 31


async def test_a_list_that_keeps_breaking_off_is_no_longer_taken_for_bad_luck() -> None:
    script = Script(*[FULL, httpx.Response(400, json=REFUSAL)] * 10, FULL, page(range(50, 60), 60))
    errors: list[ReconcileError] = []
    async with client_of(script) as client:
        while not errors or len(errors) < 10:
            with pytest.raises((Waiting, Unavailable)) as caught:
                await client.search_clusters(SCOPE, ["n"])
            errors.append(caught.value)
        await client.search_clusters(SCOPE, ["n"])
        script.answers, script.asked = (FULL, httpx.Response(400, json=REFUSAL)), 0
        with pytest.raises(Waiting):
            await client.search_clusters(SCOPE, ["n"])

    assert [type(error) for error in errors] == [Waiting] * MOST_BREAKS + [Unavailable] * (10 - MOST_BREAKS)
    assert "refuses its own continue tokens" in errors[-1].message


@dataclass
class Shop:
    """A list that is paged by offset while rows leave and join between the pages, each time any number of them."""

    rows: list[int]
    steps: list[tuple[list[int], int]]
    """After each page: which rows leave, by index, and how many join at the end."""
    throughout: set[int]
    masked: bool = False
    """Rows left and others came between the same two pages."""
    joined: int = 1_000

    async def send(self, call: Call) -> Reply:
        """Stand in for a transport, which takes long to make."""
        offset = int(call.query.get("continue", "0"))
        end = offset + 3
        more = end < len(self.rows)
        answer = page(self.rows[offset:end], len(self.rows), str(end) if more else "")
        if more:
            self._change()
        return Reply(200, {}, json.dumps(answer).encode())

    def search(self) -> list[str] | ReconcileError:
        return asyncio.run(searched(PaletteClient(cast("Transport", self))))

    def _change(self) -> None:
        leaving, joining = self.steps.pop(0) if self.steps else ([], 0)
        gone = {self.rows[index % len(self.rows)] for index in leaving if self.rows}
        self.masked |= bool(gone) and joining > 0
        self.throughout -= gone
        self.rows = [row for row in self.rows if row not in gone]
        self.rows += range(self.joined, self.joined + joining)
        self.joined += joining


STEPS = st.lists(st.tuples(st.lists(st.integers(0, 30), max_size=3), st.integers(0, 3)), max_size=8)


@given(size=st.integers(0, 24), steps=STEPS)
@settings(max_examples=150, deadline=None)
def test_what_calls_itself_whole_has_every_row_that_was_there_throughout(
    size: int, steps: list[tuple[list[int], int]]
) -> None:
    """Unless a row left as another came: the one case that counts cannot show, and reads confirm."""
    shop = Shop(list(range(size)), steps, set(range(size)))

    result = shop.search()

    if isinstance(result, list) and not shop.masked:
        assert {f"c{row}" for row in shop.throughout} <= set(result)
    else:
        assert isinstance(result, list | Waiting | Unavailable)


@given(size=st.integers(0, 24))
@settings(max_examples=25, deadline=None)
def test_a_list_that_does_not_move_is_found_whole(size: int) -> None:
    shop = Shop(list(range(size)), [], set(range(size)))

    assert shop.search() == [f"c{row}" for row in range(size)]


def client_for(api: PaletteApi) -> PaletteClient:
    return PaletteClient(Transport(Endpoint(api.palette.endpoint), ApiKey(ADMIN_KEY), Limiter(UNHURRIED)))


@pytest.mark.parametrize(
    "settings",
    [
        *(ListSettings(quirk=quirk) for quirk in Quirk),
        ListSettings(shuffle=True),
        ListSettings(token_life_s=0),
    ],
    ids=[*Quirk, "shuffled", "tokens that expire at once"],
)
async def test_a_simulated_list_that_misbehaves_is_never_taken_for_the_whole(settings: ListSettings) -> None:
    async with serve_palette() as api:
        api.ready_hosts(120)
        api.palette.lists = settings
        scope = ProjectScope(ProjectUid(api.uid_of_project(PROJECT)))
        names = [host.name for host in api.palette.hosts.values()]
        async with client_for(api) as client:
            with pytest.raises((Waiting, Unavailable)):
                await client.search_hosts(scope, names)
            api.palette.lists = ListSettings()
            assert len(await client.search_hosts(scope, names)) == 120

    assert len(api.palette.requests.entries) < 60
