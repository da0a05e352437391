import json
from collections.abc import Iterator
from datetime import date

import pytest

from palette_operator.http.replies import Reply
from palette_operator.palette import metrics, operations
from palette_operator.palette.lifecycle import NAMED_AT_MOST, Lifecycle, Notice, notice_in
from palette_operator.palette.operations import Operation, every_operation

LIST, READ, WRITE = operations.SEARCH_CLUSTERS, operations.GET_CLUSTER, operations.SET_CLUSTER_METADATA
DAY = date(2027, 3, 1)
SUNSET = "Mon, 01 Mar 2027 00:00:00 GMT"
HEADERS = {
    "a Deprecation date": ({"deprecation": "@1688169599"}, Notice()),
    "a Deprecation of the early drafts": ({"deprecation": "true"}, Notice()),
    "a Deprecation that is none": ({"deprecation": "false"}, None),
    "an empty Deprecation": ({"deprecation": ""}, None),
    "a Sunset": ({"sunset": SUNSET}, Notice(DAY)),
    "a Sunset in another zone, told as UTC": ({"sunset": "Sun, 28 Feb 2027 23:00:00 -0200"}, Notice(DAY)),
    "a Sunset beside a Deprecation": ({"sunset": SUNSET, "deprecation": "@1688169599"}, Notice(DAY)),
    "a Sunset that is no date": ({"sunset": "soon"}, Notice()),
    "a Sunset beyond all calendars": ({"sunset": "Mon, 01 Jan 99999 00:00:00 GMT"}, Notice()),
    "a Sunset at the end of time, far west": ({"sunset": "Fri, 31 Dec 9999 23:59:59 -1200"}, Notice()),
    "a persistent warning about an end": ({"warning": '299 - "this API is deprecated, 45 days left"'}, Notice()),
    "a persistent warning about something else": ({"warning": '299 - "the result is estimated"'}, None),
    "another warning": ({"warning": '110 - "deprecated"'}, None),
    "a link to a deprecation": (
        {"link": '<https://docs.example.com/d>; rel="deprecation"; type="text/html"'},
        Notice(),
    ),
    "a link to a successor, among others": ({"link": '</v2>; title="x", </v2/c>; rel=successor-version'}, Notice()),
    "a link to the next page": ({"link": '</deprecation?page=2>; rel="next"'}, None),
    "nothing of the kind": ({"content-type": "application/json"}, None),
}


def ok(**headers: str) -> Reply:
    return Reply(200, headers, b"{}")


def refused(status: int = 404, code: object = 404) -> Reply:
    return Reply(status, {}, json.dumps({"code": code, "message": "path was not found"}).encode())


@pytest.fixture
def lifecycle() -> Iterator[Lifecycle]:
    tested = Lifecycle()
    yield tested
    tested.forget()


@pytest.mark.parametrize(("headers", "want"), HEADERS.values(), ids=HEADERS)
def test_an_announcement_is_seen_in(headers: dict[str, str], want: Notice | None) -> None:
    assert notice_in(headers) == want


def test_an_announcement_names_the_operation_and_the_day(lifecycle: Lifecycle) -> None:
    lifecycle.note(WRITE, ok(deprecation="true"))
    lifecycle.note(LIST, ok(sunset=SUNSET))

    assert lifecycle.outlook.message == (
        "Palette announces the end of PATCH /v1/spectroclusters/{uid}/metadata, "
        "POST /v1/dashboard/spectroclusters/search (on 2027-03-01): look for a newer version of the operator"
    )


def test_an_announcement_stands_though_other_servers_behind_the_address_make_none(lifecycle: Lifecycle) -> None:
    for reply in (ok(sunset=SUNSET), ok(), ok(deprecation="true"), Reply(502, {}, b"")):
        lifecycle.note(LIST, reply)

    assert lifecycle.outlook.announced == {LIST: Notice(DAY)}


SEQUENCES: dict[str, tuple[list[tuple[Operation, Reply]], set[Operation]]] = {
    "refused by the router while others are answered": ([(LIST, ok()), (READ, refused()), (LIST, ok())], {READ}),
    "refused with the wrong method": ([(LIST, ok()), (READ, refused(405, 405)), (LIST, ok())], {READ}),
    "refused again and again": ([(READ, refused()), (READ, refused()), (LIST, ok())], {READ}),
    "nothing is answered any more": ([(LIST, ok()), (READ, refused()), (WRITE, refused()), (LIST, ok())], set()),
    "refused, and nothing else was heard": ([(READ, refused())], set()),
    "refused once, there later": ([(READ, refused()), (LIST, ok()), (READ, ok())], set()),
    "not found, by a part that knows objects": (
        [(LIST, ok()), (READ, refused(404, "ResourceNotFound")), (LIST, ok())],
        set(),
    ),
    "a proxy's page": ([(LIST, ok()), (READ, Reply(404, {}, b"<html>")), (LIST, ok())], set()),
    "two, each refused while others are answered": (
        [(READ, refused()), (LIST, ok()), (WRITE, refused()), (LIST, ok())],
        {READ, WRITE},
    ),
}


@pytest.mark.parametrize(("heard", "want"), SEQUENCES.values(), ids=SEQUENCES)
def test_what_the_server_lacks(
    heard: list[tuple[Operation, Reply]], want: set[Operation], lifecycle: Lifecycle
) -> None:
    for operation, reply in heard:
        lifecycle.note(operation, reply)

    assert lifecycle.outlook.missing == want


def test_what_is_missing_is_named(lifecycle: Lifecycle) -> None:
    lifecycle.note(READ, refused())
    lifecycle.note(LIST, ok())

    assert lifecycle.outlook.message == (
        "this Palette does not have GET /v1/spectroclusters/{uid}: it may be of a version that is not supported"
    )


def test_the_message_is_short_and_the_same_in_whatever_order_it_was_learned(lifecycle: Lifecycle) -> None:
    other = Lifecycle()
    for operation in every_operation():
        lifecycle.note(operation, ok(deprecation="true"))
    for operation in reversed(every_operation()):
        other.note(operation, ok(deprecation="@1688169599"))

    message = lifecycle.outlook.message
    assert message == other.outlook.message
    assert f" and {len(every_operation()) - NAMED_AT_MOST} more" in message
    assert len(message) < 1024
    other.forget()


def test_nothing_is_said_when_all_is_well(lifecycle: Lifecycle) -> None:
    lifecycle.note(LIST, ok())

    assert lifecycle.outlook.message == ""


def test_the_metric_counts_connections_and_forgets_those_that_are_closed(lifecycle: Lifecycle) -> None:
    gauges = [
        metrics.DEPRECATED.labels("GET", READ.template, "missing"),
        metrics.DEPRECATED.labels("POST", LIST.template, "announced"),
    ]
    before = [gauge._value.get() for gauge in gauges]
    other = Lifecycle()
    for each in (lifecycle, other):
        each.note(READ, refused())
        for _ in range(3):
            each.note(LIST, ok(sunset=SUNSET))
    grown = [gauge._value.get() for gauge in gauges]
    other.forget()
    other.forget()
    lifecycle.note(READ, ok())

    assert [new - old for old, new in zip(before, grown, strict=True)] == [2, 2]
    assert [gauge._value.get() - old for old, gauge in zip(before, gauges, strict=True)] == [0, 1]
