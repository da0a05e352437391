import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from palette_operator.domain.desired import DesiredHostRegistration
from palette_operator.domain.errors import Stalled, Unavailable
from palette_operator.domain.identifiers import (
    CloudConfigUid,
    ClusterUid,
    HostUid,
    MachineUid,
    PoolName,
    ProfileUid,
    ProjectUid,
)
from palette_operator.domain.observed import ProfileVersion, Project, WhoAmI
from palette_operator.palette.client import TENANT, PaletteClient, ProjectScope
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.transport import Endpoint, Transport

SCOPE = ProjectScope(ProjectUid("p1"))
CLUSTER, CONFIG, POOL, MACHINE = ClusterUid("c1"), CloudConfigUid("cc1"), PoolName("w 1"), MachineUid("m1")
HOST = HostUid("edge-1")
UNHURRIED = LimiterOptions(
    overrides=dict.fromkeys(
        [
            "/v1/dashboard",
            "/v1/edgehosts",
            "/v1/users",
            "/v1/roles",
            "/v1/system",
            "/v1/spectroclusters",
            "/v1/spectroclusters/:uid/profiles",
            "/v1/cloudconfigs",
            "/v1/cloudconfigs/:t/:u/machinePools",
            "/v1/cloudconfigs/:t/:u/machinePools/:p/machines",
            "/v1/cloudconfigs/:t/:u/machinePools/:p/machines/:m",
        ],
        1e6,
    )
)
Handler = Callable[[httpx.Request], httpx.Response]


@asynccontextmanager
async def client_of(handler: Handler) -> AsyncIterator[PaletteClient]:
    transport = Transport(
        Endpoint("https://palette.test"), ApiKey("key"), Limiter(UNHURRIED), network=httpx.MockTransport(handler)
    )
    async with PaletteClient(transport) as client:
        yield client


class Palette:
    """Answers by path, and keeps the requests."""

    def __init__(self, answers: dict[str, httpx.Response | list[httpx.Response]]) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[request.url.path]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        return httpx.Response(answer.status_code, content=answer.content)


@dataclass
class Sent:
    call: Callable[[PaletteClient], Awaitable[Any]]
    request: str
    body: Any = None
    answer: Any = None
    project: str | None = "p1"
    query: str = ""


PATH = "/v1/spectroclusters/c1"
CC = "/v1/cloudconfigs/edge-native/cc1"
POOLS = f"{CC}/machinePools"
REGISTRATION = DesiredHostRegistration(HOST, "store-1", "arm64", {"site": "42"}, remote_shell=True, pairing_key="pk")
CLOUD = {"spec": {"clusterConfig": {}, "machinePoolConfig": []}}
NO_ITEMS: dict[str, Any] = {"items": []}
# Sources: Palette OpenAPI 4.8 and 4.9, which agree on all of these.
SENT = {
    "who am I, never in a project": Sent(
        lambda c: c.who_am_i(), "GET /v1/users/info", answer={"userUid": "u"}, project=None
    ),
    "a user, never in a project": Sent(lambda c: c.user("u1"), "GET /v1/users/u1", answer={"spec": {}}, project=None),
    "API keys, never in a project": Sent(lambda c: c.api_keys(), "GET /v1/apiKeys", answer=NO_ITEMS, project=None),
    "projects, never in a project": Sent(
        lambda c: c.projects(), "GET /v1/dashboard/projects/metadata", answer=NO_ITEMS, project=None
    ),
    "roles in the tenant": Sent(
        lambda c: c.tenant_roles("u 1"), "GET /v1/users/u%201/roles", answer={"roles": []}, project=None
    ),
    "roles in each project": Sent(
        lambda c: c.project_roles("u1"), "GET /v1/users/u1/projects", answer={"projects": []}, project=None
    ),
    "what a role permits": Sent(
        lambda c: c.role_permissions("r1"), "GET /v1/roles/r1", answer={"spec": {"permissions": []}}, project=None
    ),
    "the server's version": Sent(
        lambda c: c.installed_version(), "GET /v1/system/version/installed", answer={"version": "4.9.0"}, project=None
    ),
    "profiles of a project": Sent(
        lambda c: c.cluster_profiles(SCOPE), "GET /v1/dashboard/clusterprofiles/metadata", answer=NO_ITEMS
    ),
    "profiles of the tenant": Sent(
        lambda c: c.cluster_profiles(TENANT),
        "GET /v1/dashboard/clusterprofiles/metadata",
        answer=NO_ITEMS,
        project=None,
    ),
    "one cluster": Sent(
        lambda c: c.get_cluster(SCOPE, CLUSTER), f"GET {PATH}", answer={"metadata": {"uid": "c1", "name": "n"}}
    ),
    "a cluster's events, the latest page alone": Sent(
        lambda c: c.cluster_events(SCOPE, CLUSTER),
        "GET /v1/events/components/spectrocluster/c1",
        answer={"items": [], "listmeta": {"continue": "more", "count": 60}},
        query="limit=50&orderBy=metadata.lastModifiedTimestamp%3D-1",
    ),
    "a new cluster": Sent(
        lambda c: c.create_edge_native_cluster(SCOPE, {"spec": {}}),
        "POST /v1/spectroclusters/edge-native",
        {"spec": {}},
        {"uid": "c9"},
    ),
    "a cluster to be validated": Sent(
        lambda c: c.validate_edge_native_cluster(SCOPE, {"spec": {}}),
        "POST /v1/spectroclusters/edge-native/validate",
        {"spec": {}},
        {},
    ),
    "tags, the full set": Sent(
        lambda c: c.set_cluster_metadata(SCOPE, CLUSTER, name="n", labels={}),
        f"PATCH {PATH}/metadata",
        {"metadata": {"name": "n", "labels": {}}},
    ),
    "tags and a description": Sent(
        lambda c: c.set_cluster_metadata(SCOPE, CLUSTER, name="n", labels={"a": "b"}, annotations={"description": ""}),
        f"PATCH {PATH}/metadata",
        {"metadata": {"name": "n", "labels": {"a": "b"}, "annotations": {"description": ""}}},
    ),
    "profiles to attach": Sent(
        lambda c: c.patch_profiles(SCOPE, CLUSTER, [{"uid": "new", "replaceWithProfile": "old"}]),
        f"PATCH {PATH}/profiles",
        {"profiles": [{"uid": "new", "replaceWithProfile": "old"}]},
    ),
    "profiles to detach, as a DELETE with a body": Sent(
        lambda c: c.remove_profiles(SCOPE, CLUSTER, {ProfileUid("b"), ProfileUid("a")}),
        f"DELETE {PATH}/profiles",
        {"profileUids": ["a", "b"]},
    ),
    "variables": Sent(lambda c: c.get_variables(SCOPE, CLUSTER), f"GET {PATH}/variables", answer=[]),
    "variables to set, as a list": Sent(
        lambda c: c.set_variables(SCOPE, CLUSTER, [{"profileUid": "p", "variables": [{"name": "a", "value": "1"}]}]),
        f"PATCH {PATH}/variables",
        [{"profileUid": "p", "variables": [{"name": "a", "value": "1"}]}],
    ),
    "a deletion": Sent(lambda c: c.delete_cluster(SCOPE, CLUSTER), f"DELETE {PATH}"),
    "a forced deletion": Sent(
        lambda c: c.delete_cluster(SCOPE, CLUSTER, force=True), f"DELETE {PATH}", query="forceDelete=true"
    ),
    "a cloud config": Sent(lambda c: c.get_edge_native_config(SCOPE, CONFIG), f"GET {CC}", answer=CLOUD),
    "settings of a cloud config": Sent(
        lambda c: c.update_edge_native_config(SCOPE, CONFIG, {"clusterConfig": {}}),
        f"PUT {CC}/clusterConfig",
        {"clusterConfig": {}},
    ),
    "a new pool": Sent(lambda c: c.create_pool(SCOPE, CONFIG, {"x": 1}), f"POST {POOLS}", {"x": 1}, {"uid": "p"}),
    "a changed pool, its name escaped": Sent(
        lambda c: c.update_pool(SCOPE, CONFIG, POOL, {"x": 1}), f"PUT {POOLS}/w%201", {"x": 1}
    ),
    "a pool to delete": Sent(lambda c: c.delete_pool(SCOPE, CONFIG, POOL), f"DELETE {POOLS}/w%201"),
    "machines of a pool": Sent(
        lambda c: c.get_machines(SCOPE, CONFIG, POOL), f"GET {POOLS}/w%201/machines", answer=NO_ITEMS
    ),
    "a machine to delete": Sent(
        lambda c: c.delete_machine(SCOPE, CONFIG, POOL, MACHINE), f"DELETE {POOLS}/w%201/machines/m1"
    ),
    "one host": Sent(
        lambda c: c.get_host(SCOPE, HOST), "GET /v1/edgehosts/edge-1", answer={"metadata": {"uid": "edge-1"}}
    ),
    "a host to register": Sent(
        lambda c: c.register_host(SCOPE, REGISTRATION),
        "POST /v1/edgehosts",
        {
            "metadata": {"uid": "edge-1", "name": "store-1", "labels": {"site": "42"}},
            "spec": {"archType": "arm64", "hostPairingKey": "pk", "tunnelConfig": {"remoteSsh": "enabled"}},
        },
    ),
    "a host's name and tags, the full set": Sent(
        lambda c: c.update_host_meta(SCOPE, HOST, name="n", labels={}),
        "PUT /v1/edgehosts/edge-1/meta",
        {"metadata": {"uid": "edge-1", "name": "n", "labels": {}}},
    ),
    "a host's remote shell": Sent(
        lambda c: c.set_host_tunnel(SCOPE, HOST, remote_shell=True, temporary_user=False),
        "PATCH /v1/edgehosts/edge-1/tunnelConfig",
        {"remoteSsh": "enabled", "remoteSshTempUser": "disabled"},
    ),
    "a host's pairing key": Sent(
        lambda c: c.set_host_pairing_key(SCOPE, HOST, "pk"),
        "PATCH /v1/edgehosts/edge-1/hostPairingKey",
        {"hostPairingKey": "pk"},
    ),
    "a host to delete": Sent(lambda c: c.delete_host(SCOPE, HOST), "DELETE /v1/edgehosts/edge-1"),
}


@pytest.mark.parametrize("case", SENT.values(), ids=SENT)
async def test_each_call_is_sent_as_palette_documents_it(case: Sent) -> None:
    requests = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(204) if case.answer is None else httpx.Response(200, json=case.answer)

    async with client_of(answer) as client:
        await case.call(client)

    (request,) = requests
    path, _, query = request.url.raw_path.decode().partition("?")
    assert f"{request.method} {path}" == case.request
    assert query == case.query
    assert request.headers.get("ProjectUid") == case.project
    assert (json.loads(request.content) if request.content else None) == case.body


async def test_the_catalogue_is_read_into_the_domains_words() -> None:
    palette = Palette(
        {
            "/v1/users/info": httpx.Response(200, json={"orgName": "o", "tenantUid": "t", "userUid": "u"}),
            "/v1/dashboard/projects/metadata": httpx.Response(
                200, json={"items": [{"metadata": {"uid": "p1", "name": "prod"}}, {"metadata": {"uid": "p2"}}]}
            ),
            "/v1/dashboard/clusterprofiles/metadata": httpx.Response(
                200,
                json={
                    "items": [
                        {"metadata": {"uid": "x", "name": "base"}, "spec": {"version": "1.0", "cloudType": "all"}}
                    ]
                },
            ),
        }
    )
    async with client_of(palette) as client:
        assert await client.who_am_i() == WhoAmI("u", "t", "o")
        assert await client.projects_named("prod") == [Project(ProjectUid("p1"), "prod")]
        assert await client.projects_named("p2") == [Project(ProjectUid("p2"), "")]
        assert await client.projects_named("nope") == []
        assert await client.cluster_profiles(SCOPE) == [ProfileVersion(ProfileUid("x"), "base", "1.0", "all")]


@pytest.mark.parametrize("uid", ["", "  "])
def test_a_call_in_a_project_cannot_be_made_without_the_projects_uid(uid: str) -> None:
    with pytest.raises(ValueError, match="needs the project's uid"):
        ProjectScope(ProjectUid(uid))


async def test_an_empty_uid_never_becomes_another_path() -> None:
    palette = Palette({})
    async with client_of(palette) as client:
        with pytest.raises(ValueError, match="leads to another path"):
            await client.delete_cluster(SCOPE, ClusterUid(""))

    assert palette.requests == []


ABSENT = httpx.Response(404, json={"code": "ResourceNotFound", "message": "no"})
ME = httpx.Response(200, json={"userUid": "u"})
READS: dict[str, tuple[str, Callable[[PaletteClient], Awaitable[Any]]]] = {
    "a cluster": (PATH, lambda client: client.get_cluster(SCOPE, CLUSTER)),
    "an edge host": ("/v1/edgehosts/edge-1", lambda client: client.get_host(SCOPE, HOST)),
    "a deletion of a cluster": (PATH, lambda client: client.delete_cluster(SCOPE, CLUSTER)),
    "a deletion of an edge host": ("/v1/edgehosts/edge-1", lambda client: client.delete_host(SCOPE, HOST)),
}


@pytest.mark.parametrize(("path", "read"), READS.values(), ids=READS)
async def test_gone_means_not_found_while_the_credential_works(
    path: str, read: Callable[[PaletteClient], Awaitable[Any]]
) -> None:
    palette = Palette({path: ABSENT, "/v1/users/info": ME})
    async with client_of(palette) as client:
        assert await read(client) is None

    assert [request.url.path for request in palette.requests] == [path, "/v1/users/info"]


@pytest.mark.parametrize(("path", "read"), READS.values(), ids=READS)
@pytest.mark.parametrize(("status", "reason"), [(401, "Unauthorized"), (403, "Forbidden"), (502, "PaletteUnreachable")])
async def test_not_found_means_nothing_while_the_credential_does_not_work(
    path: str, read: Callable[[PaletteClient], Awaitable[Any]], status: int, reason: str
) -> None:
    async with client_of(Palette({path: ABSENT, "/v1/users/info": httpx.Response(status)})) as client:
        client.transport._sleep = _no_pause  # type: ignore[assignment]
        with pytest.raises((Stalled, Unavailable)) as caught:
            await read(client)

    assert caught.value.reason == reason


async def _no_pause(_: float) -> None:
    return


@pytest.mark.parametrize("status", [403, 404, 405, 500, 502])
async def test_what_is_not_palettes_not_found_never_reads_as_gone(status: int) -> None:
    answer = httpx.Response(status, json={"code": status, "message": "no"})
    async with client_of(Palette({PATH: answer, "/v1/users/info": ME})) as client:
        client.transport._sleep = _no_pause  # type: ignore[assignment]
        with pytest.raises((Stalled, Unavailable)):
            await client.get_cluster(SCOPE, CLUSTER)


async def test_a_deleted_cluster_is_gone_and_a_fresh_one_without_status_is_not() -> None:
    deleted = httpx.Response(200, json={"metadata": {"uid": "c1", "name": "n"}, "status": {"state": "Deleted"}})
    fresh = httpx.Response(200, json={"metadata": {"uid": "c1", "name": "n"}, "spec": None})
    async with client_of(Palette({PATH: [deleted, fresh]})) as client:
        assert await client.get_cluster(SCOPE, CLUSTER) is None
        detail = await client.get_cluster(SCOPE, CLUSTER)

    assert detail is not None
    assert (detail.name, detail.state, detail.can_be_applied) == ("n", "", None)


BAD_BODIES = {
    "a page": b"<html></html>",
    "nothing": b"",
    "half an answer": b'{"metadata": {"uid": "c1"',
    "a list": b"[]",
    "null": b"null",
    "a wrong type": b'{"metadata": "TOKEN-1"}',
    "an error with status 200": b'{"code": "X", "message": "TOKEN-1"}',
    "not UTF-8": b'{"metadata": {"uid": "\xff\xfe"}}',
}


@pytest.mark.parametrize("content", BAD_BODIES.values(), ids=BAD_BODIES)
async def test_an_answer_that_cannot_be_read_is_unavailable_and_names_the_call_alone(content: bytes) -> None:
    async with client_of(lambda _: httpx.Response(200, content=content)) as client:
        with pytest.raises(Unavailable, match=r"^reading cluster c1: Palette's answer cannot be read") as caught:
            await client.get_cluster(SCOPE, CLUSTER)

    assert "TOKEN-1" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_a_create_whose_answer_cannot_be_read_is_unavailable_since_it_may_have_happened() -> None:
    async with client_of(lambda _: httpx.Response(201, content=b'{"uid": ""}')) as client:
        with pytest.raises(Unavailable):
            await client.create_edge_native_cluster(SCOPE, {})


async def test_a_variables_value_that_palette_repeats_is_struck_out() -> None:
    body = {
        "metadata": {"name": "store-1"},
        "spec": {"profiles": [{"uid": "p", "variables": [{"name": "password", "value": "hunter22"}]}]},
    }
    refusal = httpx.Response(400, json={"code": "Invalid", "message": "'hunter22' is too short"})
    async with client_of(lambda _: refusal) as client:
        with pytest.raises(Stalled, match=r"^creating cluster store-1: .*'\*\*\*' is too short"):
            await client.create_edge_native_cluster(SCOPE, body)
        with pytest.raises(Stalled, match=r"'\*\*\*' is too short"):
            await client.set_variables(SCOPE, CLUSTER, body["spec"]["profiles"])


async def test_what_validation_complains_about_is_named() -> None:
    answer = {
        "machinePools": {"results": [{"name": "control", "errors": [{"code": "X", "message": "no such host"}]}]},
        "profiles": [
            {"uid": "p", "packs": {"results": [{"name": "cni", "errors": [{"code": "Bad"}]}, {"name": "ok"}]}}
        ],
    }
    async with client_of(lambda _: httpx.Response(200, json=answer)) as client:
        complaints = await client.validate_edge_native_cluster(SCOPE, {})

    assert complaints == ("pool control: no such host", "pack cni: Bad")


def page(first: int, count: int, total: int, token: str) -> httpx.Response:
    items = [{"metadata": {"uid": f"c{n}", "name": f"n{n}"}} for n in range(first, first + count)]
    return httpx.Response(200, json={"items": items, "listmeta": {"continue": token, "count": total}})


SEARCH = "/v1/dashboard/spectroclusters/search"


async def test_a_listing_follows_the_tokens_with_the_same_body_to_the_end() -> None:
    palette = Palette({SEARCH: [page(0, 50, 101, "t1"), page(50, 50, 101, "t2"), page(100, 1, 101, "")]})
    async with client_of(palette) as client:
        pages = [found async for found in client.cluster_pages(SCOPE)]

    assert [row.uid for found in pages for row in found.rows] == [f"c{n}" for n in range(101)]
    assert [found.total for found in pages] == [101, 101, 101]
    assert [dict(request.url.params) for request in palette.requests] == [
        {"limit": "50"},
        {"limit": "50", "continue": "t1"},
        {"limit": "50", "continue": "t2"},
    ]
    assert len({request.content for request in palette.requests}) == 1
    assert json.loads(palette.requests[0].content) == {
        "filter": {
            "conjunction": "and",
            "filterGroups": [
                {
                    "conjunction": "and",
                    "filters": [
                        {"property": "isDeleted", "type": "bool", "condition": {"bool": {"value": False}}},
                    ],
                }
            ],
        },
        "sort": [{"field": "creationTimestamp", "order": "asc"}],
    }


async def test_what_was_modified_last_can_be_asked_for_first() -> None:
    hosts = "/v1/dashboard/edgehosts/search"
    palette = Palette({SEARCH: [page(0, 1, 1, "")], hosts: [page(0, 1, 1, "")]})
    async with client_of(palette) as client:
        clusters = [found async for found in client.cluster_pages(SCOPE, latest_first=True)]
        devices = [found async for found in client.host_pages(SCOPE, latest_first=True)]

    assert (len(clusters), len(devices)) == (1, 1)
    latest_first = [{"field": "lastModifiedTimestamp", "order": "desc"}]
    assert [json.loads(request.content)["sort"] for request in palette.requests] == [latest_first] * 2


async def test_a_search_by_names_asks_for_all_of_them_at_once() -> None:
    palette = Palette({SEARCH: page(0, 2, 2, ""), "/v1/dashboard/edgehosts/search": page(0, 1, 1, "")})
    async with client_of(palette) as client:
        clusters = await client.search_clusters(SCOPE, ["n1", "n0"])
        hosts = await client.search_hosts(SCOPE, ["n0"])

    assert [row.name for row in clusters] == ["n0", "n1"]
    assert [row.name for row in hosts] == ["n0"]
    by_cluster, by_host = (
        json.loads(request.content)["filter"]["filterGroups"][0]["filters"] for request in palette.requests
    )
    assert [item["property"] for item in by_cluster] == ["isDeleted", "clusterName"]
    assert by_cluster[1]["condition"]["string"]["match"] == {"conjunction": "or", "values": ["n0", "n1"]}
    assert [item["property"] for item in by_host] == ["name"]


async def test_a_search_for_no_names_is_not_sent() -> None:
    palette = Palette({})
    async with client_of(palette) as client:
        assert await client.search_clusters(SCOPE, []) == []
        assert await client.search_hosts(SCOPE, []) == []

    assert palette.requests == []


async def test_a_server_that_repeats_a_page_is_not_followed_for_ever() -> None:
    palette = Palette({SEARCH: page(0, 50, 100, "again")})
    async with client_of(palette) as client:
        with pytest.raises(Unavailable, match="listing clusters: Palette's pages do not come to an end"):
            [found async for found in client.cluster_pages(SCOPE)]

    assert len(palette.requests) == 2


async def test_a_server_whose_pages_never_end_is_not_followed_for_ever() -> None:
    count = 0

    def endless(_: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        return page(count, 1, 100, f"t{count}")

    async with client_of(endless) as client:
        with pytest.raises(Unavailable, match="do not come to an end"):
            [found async for found in client.cluster_pages(SCOPE)]

    assert count < 30
