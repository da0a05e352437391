"""The judge sees what is wrong with a request or a reply."""

import json
from dataclasses import replace

import pytest

from support.contract.exchanges import Exchange, reply_problems, request_problems
from support.contract.specification import specification

JSON = {"content-type": "application/json"}
HEADERS = {"apikey": "k", "projectuid": "p", "user-agent": "x"}
SEARCH = Exchange(
    "POST",
    "/v1/dashboard/edgehosts/search",
    [("limit", "50")],
    {**HEADERS, **JSON},
    b'{"sort": [{"field": "clusterName", "order": "asc"}]}',
    200,
    JSON,
    b'{"items": [], "listmeta": {"continue": ""}}',
)
DELETE = Exchange("DELETE", "/v1/spectroclusters/c1", [("forceDelete", "true")], HEADERS, b"", 204)


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


WRONG_REQUESTS = {
    "a path that is not declared": (replace(SEARCH, path="/v1/nowhere"), "there is no such operation"),
    "a method that is not declared": (replace(SEARCH, method="PATCH"), "there is no such operation"),
    "a query parameter that is not declared": (replace(SEARCH, query=[("page", "2")]), "page is not declared"),
    "a query parameter of another type": (replace(SEARCH, query=[("limit", "many")]), "none of its type"),
    "a query parameter beyond its range": (replace(SEARCH, query=[("limit", "51")]), "none of its type"),
    "a query parameter given twice": (replace(SEARCH, query=[("limit", "1"), ("limit", "2")]), "given twice"),
    "a switch in other words": (replace(DELETE, query=[("forceDelete", "yes")]), "none of its type"),
    "a header that is not declared": (replace(SEARCH, headers={**SEARCH.headers, "x-a": "b"}), "x-a is not declared"),
    "no credential": (replace(DELETE, headers={}), "no credential"),
    "a field that is not known": (replace(SEARCH, body=body(filters=[])), "filters"),
    "a value that is not one of the known": (replace(SEARCH, body=body(sort=[{"order": "up"}])), "up"),
    "a null": (replace(SEARCH, body=body(sort=None)), "null is not of type"),
    "a body that is not declared": (replace(DELETE, body=b"{}", headers={**HEADERS, **JSON}), "body is not declared"),
    "a body of another type": (replace(SEARCH, headers=HEADERS), "not declared as JSON"),
}
WRONG_REPLIES = {
    "a status that is not declared": (replace(DELETE, status=202), "status 202 is not declared"),
    "a body that is not declared": (replace(DELETE, reply=b"{}"), "a body is not declared"),
    "no body": (replace(SEARCH, reply=b""), "not JSON"),
    "a field that is missing": (replace(SEARCH, reply=b'{"listmeta": {}}'), "items"),
    "a field that is not known": (replace(SEARCH, reply=b'{"items": [], "total": 0}'), "total"),
    "a refusal of another shape": (replace(SEARCH, status=500, reply=b'{"code": 5}'), "is not of type"),
    "a header that is not declared": (replace(SEARCH, reply_headers={**JSON, "x-a": "b"}), "x-a is not declared"),
}


@pytest.mark.parametrize("exchange", [SEARCH, DELETE], ids=["a search", "a deletion"])
def test_what_is_right_is_not_blamed(exchange: Exchange) -> None:
    judge = specification("4.9")

    assert [*request_problems(judge, exchange), *reply_problems(judge, exchange)] == []


@pytest.mark.parametrize(("exchange", "told"), WRONG_REQUESTS.values(), ids=WRONG_REQUESTS)
def test_a_wrong_request_is_seen(exchange: Exchange, told: str) -> None:
    assert any(told in problem.text for problem in request_problems(specification("4.9"), exchange))


@pytest.mark.parametrize(("exchange", "told"), WRONG_REPLIES.values(), ids=WRONG_REPLIES)
def test_a_wrong_reply_is_seen(exchange: Exchange, told: str) -> None:
    assert any(told in problem.text for problem in reply_problems(specification("4.9"), exchange))
