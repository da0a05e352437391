"""What may not stand in a query, and calls that know no project."""

import pytest

from support.palette_api import PROJECT_KEY, PaletteApi

REFUSED = {
    "a parameter that is not known": ("GET", "/v1/edgehosts/metadata?kind=edge-native", "kind in query is not known"),
    "a parameter in another case": ("GET", "/v1/edgehosts/metadata?Type=edge-native", "Type in query is not known"),
    "a scope, which is a header": ("GET", "/v1/edgehosts/metadata?ProjectUid=p", "ProjectUid in query is not known"),
    "any, where none is known": ("GET", "/v1/users/info?a=b", "a in query is not known"),
    "a parameter given twice": (
        "GET",
        "/v1/edgehosts?type=vsphere&type=vsphere",
        "type in query is given twice",
    ),
    "a value that is not one of the known": ("GET", "/v1/edgehosts/metadata?type=moon", "type in query is invalid"),
    "a switch in other words": ("DELETE", "/v1/spectroclusters/c?forceDelete=yes", "forceDelete in query is invalid"),
    "a number in words": ("POST", "/v1/dashboard/edgehosts/search?limit=many", "limit in query is invalid"),
    "a page that is too large": ("POST", "/v1/dashboard/edgehosts/search?limit=51", "limit in query is invalid"),
}


@pytest.mark.parametrize(("method", "path", "message"), REFUSED.values(), ids=REFUSED)
async def test_a_query_is_refused(api: PaletteApi, method: str, path: str, message: str) -> None:
    reply = await api.call(method, path, {} if method == "POST" else None)

    assert (reply.status_code, reply.json()["code"]) == (400, "InvalidRequestPayload")
    assert reply.json()["message"] == message


@pytest.mark.parametrize("path", ["/v1/health/ping", "/v1/users/info", "/v1/apiKeys", "/v1/projects/p"])
async def test_a_call_that_knows_no_project_is_forbidden_in_one(api: PaletteApi, path: str) -> None:
    reply = await api.get(path, project_uid=api.project_uid)

    assert (reply.status_code, reply.json()["code"]) == (403, "OperationForbidden")


@pytest.mark.parametrize("path", ["/v1/dashboard/projects/metadata", "/v1/projects"])
async def test_a_project_that_the_caller_may_not_see_is_forbidden_everywhere(api: PaletteApi, path: str) -> None:
    other = api.uid_of_project("retail-lab")

    assert (await api.get(path, key=PROJECT_KEY, project_uid=other)).status_code == 403
    assert (await api.get(path, project_uid="nobody")).status_code == 403
