"""Keys, projects, scopes; and how the simulated Palette says no."""

import pytest

from support.palette_api import ADMIN_KEY, OTHER_PROJECT, PROJECT_KEY, PaletteApi

KEYS = {
    "the header's name may have any case": ({"apikey": ADMIN_KEY}, 200),
    "no key is refused": ({}, 401),
    "an unknown key is refused": ({"ApiKey": "nobody"}, 401),
    "a key in Authorization is refused": ({"Authorization": ADMIN_KEY}, 401),
}


@pytest.mark.parametrize(("headers", "want"), KEYS.values(), ids=KEYS)
async def test_the_caller_is_known_by_the_key(api: PaletteApi, headers: dict[str, str], want: int) -> None:
    reply = await api.get("/v1/users/info", key=None, headers=headers)

    assert reply.status_code == want
    if want == 401:
        assert reply.json()["code"] == "UnAuthorizedAccess"


async def test_a_key_can_be_revoked_and_restored_at_run_time(api: PaletteApi) -> None:
    api.palette.access.keys.set_revoked("admin", True)
    refused = await api.get("/v1/users/info")
    api.palette.access.keys.set_revoked("admin", False)
    accepted = await api.get("/v1/users/info")

    assert (refused.status_code, accepted.status_code) == (401, 200)


async def test_a_cluster_in_the_wrong_scope_is_forbidden_and_not_absent(api: PaletteApi) -> None:
    uid = await api.running_cluster()

    for scope in (None, api.uid_of_project(OTHER_PROJECT)):
        reply = await api.get(f"/v1/spectroclusters/{uid}", project_uid=scope)
        assert (reply.status_code, reply.json()["code"]) == (403, "OperationForbidden")
        assert "cluster.get" in reply.json()["message"]


async def test_an_absent_cluster_is_not_found_with_a_word_for_a_code(api: PaletteApi) -> None:
    reply = await api.get("/v1/spectroclusters/000000000000000000000000")

    assert reply.status_code == 404
    assert reply.json()["code"] == "ResourceNotFound"
    assert set(reply.json()) == {"code", "message", "details", "ref"}


ROUTER = {
    "an unknown path": ("GET", "/v1/nothing/here", 404),
    "a wrong method": ("PUT", "/v1/edgehosts", 405),
}


@pytest.mark.parametrize(("method", "path", "code"), ROUTER.values(), ids=ROUTER)
async def test_the_router_says_no_with_a_number_for_a_code(api: PaletteApi, method: str, path: str, code: int) -> None:
    reply = await api.call(method, path)

    assert (reply.status_code, reply.json()["code"]) == (code, code)


SCOPES = {
    "a tenant admin searches the tenant": (ADMIN_KEY, None, 200),
    "a project's key does not search the tenant": (PROJECT_KEY, None, 403),
    "a project's key searches its project": (PROJECT_KEY, "", 200),
    "a project's key does not search another": (PROJECT_KEY, OTHER_PROJECT, 403),
    "a project that does not exist is forbidden": (ADMIN_KEY, "nowhere", 403),
}


@pytest.mark.parametrize(("key", "project", "want"), SCOPES.values(), ids=SCOPES)
async def test_a_search_needs_rights_in_its_scope(api: PaletteApi, key: str, project: str | None, want: int) -> None:
    uid = api.uid_of_project(OTHER_PROJECT) if project == OTHER_PROJECT else project

    reply = await api.post("/v1/dashboard/spectroclusters/search", {}, key=key, project_uid=uid)

    assert reply.status_code == want


async def test_tenant_scope_sees_all_projects_and_project_scope_its_own(api: PaletteApi) -> None:
    api.ready_hosts(1)

    other = await api.post("/v1/dashboard/edgehosts/search", {}, project_uid=api.uid_of_project(OTHER_PROJECT))
    tenant = await api.post("/v1/dashboard/edgehosts/search", {}, project_uid=None)

    assert (other.json()["listmeta"]["count"], tenant.json()["listmeta"]["count"]) == (0, 1)


async def test_projects_are_found_by_name_and_only_those_that_the_key_sees(api: PaletteApi) -> None:
    everything = await api.get("/v1/dashboard/projects/metadata", project_uid=None)
    named = await api.get(f"/v1/dashboard/projects/metadata?name={OTHER_PROJECT}", project_uid=None)
    seen = await api.get("/v1/dashboard/projects/metadata", project_uid=None, key=PROJECT_KEY)

    names = [[item["metadata"]["name"] for item in reply.json()["items"]] for reply in (everything, named, seen)]
    assert names == [["retail-prod", "retail-lab"], ["retail-lab"], ["retail-prod"]]


async def test_a_project_is_shown_to_whom_it_may_concern(api: PaletteApi) -> None:
    uid = api.uid_of_project(OTHER_PROJECT)

    shown = await api.get(f"/v1/projects/{uid}", project_uid=None)
    hidden = await api.get(f"/v1/projects/{uid}", project_uid=None, key=PROJECT_KEY)
    absent = await api.get("/v1/projects/none", project_uid=None)

    assert (shown.status_code, hidden.status_code, absent.status_code) == (200, 403, 404)


async def test_nothing_is_created_in_tenant_scope(api: PaletteApi) -> None:
    host = await api.post("/v1/edgehosts", {"metadata": {"uid": "h"}}, project_uid=None)
    cluster = await api.post("/v1/spectroclusters/edge-native", {}, project_uid=None)

    assert (host.status_code, cluster.status_code) == (403, 403)


async def test_the_access_log_says_whether_a_scope_came_and_holds_no_key(api: PaletteApi) -> None:
    await api.get("/v1/dashboard/projects/metadata?name=secret", project_uid=None)
    await api.get("/v1/dashboard/projects/metadata")

    first, second = api.palette.requests.entries
    assert (first.scoped, second.scoped) == (False, True)
    assert first.path == "/v1/dashboard/projects/metadata"
    assert ADMIN_KEY not in repr(api.palette.requests.entries)
