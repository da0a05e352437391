"""The searches and profile lists over HTTP: pages, filters, order, lag, heartbeats."""

from datetime import datetime
from typing import Any

import pytest

from palette_sim.palette import PaletteConfig
from support.palette_api import OTHER_PROJECT, PaletteApi, serve_palette

HOSTS = "/v1/dashboard/edgehosts/search"
CLUSTERS = "/v1/dashboard/spectroclusters/search"


async def search(api: PaletteApi, path: str, body: object = None, query: str = "") -> dict[str, Any]:
    reply = await api.post(path + query, body or {})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in found["items"]]


def where(name: str, kind: str, condition: dict[str, Any]) -> dict[str, Any]:
    item = {"property": name, "type": kind, "condition": {kind: condition}}
    return {"filter": {"conjunction": "and", "filterGroups": [{"conjunction": "and", "filters": [item]}]}}


def text(operator: str, *values: str, **options: object) -> dict[str, Any]:
    return {"operator": operator, "match": {"conjunction": "or", "values": list(values)}, **options}


async def test_a_page_holds_at_most_fifty_and_its_token_leads_on(api: PaletteApi) -> None:
    api.ready_hosts(117)

    first = await search(api, HOSTS)
    second = await search(api, HOSTS, query=f"?continue={first['listmeta']['continue']}")
    third = await search(api, HOSTS, query=f"?limit=50&continue={second['listmeta']['continue']}")

    # The very token of the documentation's sample. Source: Palette docs, "Pagination".
    token = "eyJvZmZzZXQiOjUwLCJjb3VudCI6MTE3LCJ0b2tlbiI6IiJ9"
    assert first["listmeta"] == {"continue": token, "count": 117, "limit": 50, "offset": 50}
    assert third["listmeta"] == {"continue": "", "count": 117, "limit": 50, "offset": 117}
    assert len({*names(first), *names(second), *names(third)}) == 117


async def test_a_token_is_an_offset_so_that_a_shrinking_list_skips_rows(api: PaletteApi) -> None:
    api.ready_hosts(60)
    oldest_first = {"sort": [{"field": "clusterName", "order": "asc"}]}
    reply = await search(api, HOSTS, {"sort": oldest_first["sort"]})
    api.palette.people.remove_host("edge-0001")

    rest = await search(api, HOSTS, oldest_first, f"?continue={reply['listmeta']['continue']}")

    assert names(rest)[0] == "edge-0052"
    assert rest["listmeta"]["count"] == 59


BAD_PAGES = {"a token of somebody else": "?continue=bm9uc2Vuc2U=", "a limit in words": "?limit=many"}


@pytest.mark.parametrize("query", BAD_PAGES.values(), ids=BAD_PAGES)
async def test_a_bad_page_is_refused(api: PaletteApi, query: str) -> None:
    assert (await api.post(HOSTS + query, {})).status_code == 400


async def test_a_cluster_row_tells_sizes_and_uids_but_neither_pool_names_nor_profile_versions(api: PaletteApi) -> None:
    uid = await api.running_cluster(workers=2)

    (row,) = (await search(api, CLUSTERS))["items"]

    config, (profile,) = row["specSummary"]["cloudConfig"], row["specSummary"]["clusterProfileTemplates"]
    assert row["metadata"]["uid"] == uid
    assert config["uid"] == api.palette.clusters[uid].cloud_config_uid
    assert [(pool["size"], pool["healthy"], pool["isControlPlane"]) for pool in config["machinePools"]] == [
        (1, 1, True),
        (2, 2, False),
    ]
    assert not any("name" in pool for pool in config["machinePools"])
    assert profile["uid"] == api.profile_uid("edge-base", "1.4.0")
    assert "profileVersion" not in profile
    assert row["specSummary"]["projectMeta"] == {"name": "retail-prod", "uid": api.project_uid}
    assert (row["status"]["state"], row["status"]["health"]["state"]) == ("Running", "Healthy")
    assert "spcApply" not in row["status"]


async def test_the_lighter_search_is_not_paged(api: PaletteApi) -> None:
    await api.running_cluster()

    found = await search(api, "/v1/dashboard/spectroclusters/metadata/search")

    assert names(found) == ["store-1"]
    assert found["items"][0]["specSummary"]["tags"] == ["site:1"]


async def test_deleted_clusters_are_found_until_they_are_filtered_out(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    await api.call("DELETE", f"/v1/spectroclusters/{uid}")
    api.palette.advance(120)

    everything = await search(api, CLUSTERS)
    live = await search(api, CLUSTERS, where("isDeleted", "bool", {"value": False}))

    assert (names(everything), names(live)) == (["store-1"], [])


FILTERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a name equals": (where("name", "string", text("eq", "a-0001")), ["a-0001"]),
    "a name is one of many": (where("name", "string", text("eq", "a-0001", "b-0001")), ["a-0001", "b-0001"]),
    "a name contains": (where("name", "string", text("contains", "-0001")), ["a-0001", "b-0001"]),
    "a name begins with": (where("name", "string", text("beginsWith", "a")), ["a-0001", "a-0002"]),
    "a name does not begin with": (where("name", "string", text("beginsWith", "a", negation=True)), ["b-0001"]),
    "case matters unless it is ignored": (where("name", "string", text("eq", "A-0001")), []),
    "case is ignored": (where("name", "string", text("eq", "A-0001", ignoreCase=True)), ["a-0001"]),
    "a tag is key and value": (where("tags", "string", text("eq", "site:1")), ["a-0001"]),
    "a tag without a value is its key": (where("tags", "string", text("eq", "spare")), ["b-0001"]),
    "a tag's value is searched by key": (where("tags", "keyValue", text("eq", "1", key="site")), ["a-0001"]),
    "a state": (where("state", "string", text("eq", "unpaired")), ["b-0001"]),
    "a health": (where("healthState", "string", text("eq", "healthy")), ["a-0001", "a-0002"]),
    "an architecture": (where("architecture", "string", text("eq", "arm64")), ["b-0001"]),
}


@pytest.mark.parametrize(("body", "want"), FILTERS.values(), ids=FILTERS)
async def test_hosts_are_filtered_by(api: PaletteApi, body: dict[str, Any], want: list[str]) -> None:
    api.ready_hosts(2, prefix="a")
    api.palette.people.edit_host("a-0001", labels={"site": "1"})
    spare = {"uid": "b-0001", "labels": {"spare": "spectro__tag"}}
    await api.post("/v1/edgehosts", {"metadata": spare, "spec": {"archType": "arm64"}})

    assert sorted(names(await search(api, HOSTS, body))) == want


async def test_groups_and_filters_are_joined_as_they_say(api: PaletteApi) -> None:
    api.ready_hosts(3)
    one, two = (
        where("name", "string", text("eq", name))["filter"]["filterGroups"] for name in ("edge-0001", "edge-0002")
    )

    either = await search(api, HOSTS, {"filter": {"conjunction": "or", "filterGroups": [*one, *two]}})
    both = await search(api, HOSTS, {"filter": {"conjunction": "and", "filterGroups": [*one, *two]}})

    assert (sorted(names(either)), names(both)) == (["edge-0001", "edge-0002"], [])


BAD_FILTERS = {
    "an unknown property": where("colour", "string", text("eq", "red")),
    "a condition of another type": {
        "filter": {
            "filterGroups": [
                {"filters": [{"property": "name", "type": "bool", "condition": {"string": text("eq", "a")}}]}
            ]
        }
    },
    "an operator that is none": where("name", "string", text("like", "a")),
    "a sort field that is none": {"sort": [{"field": "colour"}]},
}


@pytest.mark.parametrize("body", BAD_FILTERS.values(), ids=BAD_FILTERS)
async def test_a_bad_search_is_refused(api: PaletteApi, body: dict[str, Any]) -> None:
    assert (await api.post(HOSTS, body)).status_code == 400


async def test_rows_are_sorted_as_asked_and_newest_first_otherwise(api: PaletteApi) -> None:
    for prefix in ("b", "c", "a"):
        api.ready_hosts(1, prefix=prefix)
        api.palette.advance(1)

    plain = await search(api, HOSTS)
    by_name = await search(api, HOSTS, {"sort": [{"field": "clusterName", "order": "asc"}]})
    oldest = await search(api, HOSTS, {"sort": [{"field": "creationTimestamp", "order": "asc"}]})

    assert [names(found) for found in (plain, by_name, oldest)] == [
        ["a-0001", "c-0001", "b-0001"],
        ["a-0001", "b-0001", "c-0001"],
        ["b-0001", "c-0001", "a-0001"],
    ]


async def test_a_search_lags_behind_writes_and_a_get_never_does() -> None:
    async with serve_palette(PaletteConfig.model_validate({"limits": "off", "search_lag_s": 30})) as api:
        api.palette.advance(60)
        await api.post("/v1/edgehosts", {"metadata": {"uid": "h"}})
        by_uid = await api.get("/v1/edgehosts/h")
        api.palette.advance(29)
        early = names(await search(api, HOSTS))
        api.palette.advance(1)
        late = names(await search(api, HOSTS))

    assert (by_uid.status_code, early, late) == (200, [], ["h"])


async def test_a_lagging_search_shows_the_past_not_a_part_of_it() -> None:
    async with serve_palette(PaletteConfig.model_validate({"limits": "off", "search_lag_s": 30})) as api:
        api.ready_hosts(1)
        api.palette.advance(60)
        api.palette.people.edit_host("edge-0001", name="renamed", labels={"new": "1"})
        (before,) = (await search(api, HOSTS))["items"]
        api.palette.people.remove_host("edge-0001")
        api.palette.advance(30)
        after = await search(api, HOSTS)

    assert (before["metadata"]["name"], before["metadata"]["labels"]) == ("edge-0001", {})
    assert after["items"] == []


async def test_raising_the_lag_hides_nothing_that_was_seen(api: PaletteApi) -> None:
    api.ready_hosts(1)
    await search(api, HOSTS)

    api.palette.state.search_lag_s = 3600

    assert names(await search(api, HOSTS)) == ["edge-0001"]


BUMPS = {
    "never": ("never", {0}),
    "always": ("always", {30 * beat for beat in range(1, 11)}),
}


@pytest.mark.parametrize(("bumps", "want"), BUMPS.values(), ids=BUMPS)
async def test_a_heartbeat_moves_the_last_modification(bumps: str, want: set[int]) -> None:
    assert await moves_of(bumps) == want


async def test_or_only_sometimes() -> None:
    moves = await moves_of("sometimes")

    assert 1 < len(moves) < 10


async def moves_of(bumps: str) -> set[int]:
    """Tell at what times, in seconds after its start, a cluster seems modified during ten heartbeats."""
    async with serve_palette(PaletteConfig.model_validate({"limits": "off", "bumps": bumps})) as api:
        uid = await api.running_cluster()
        (row,) = (await search(api, CLUSTERS))["items"]
        start, seen = row["metadata"]["lastModifiedTimestamp"], set()
        for _ in range(10):
            api.palette.advance(30)
            (row,) = (await search(api, CLUSTERS))["items"]
            cluster = await api.json(f"/v1/spectroclusters/{uid}")
            assert cluster["metadata"] == row["metadata"]
            seen.add(row["metadata"]["lastModifiedTimestamp"])
    return {seconds_between(start, moment) for moment in seen}


def seconds_between(first: str, second: str) -> int:
    return round((datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds())


async def test_the_heartbeat_itself_always_shows(api: PaletteApi) -> None:
    await api.running_cluster()
    (before,) = (await search(api, CLUSTERS))["items"]

    api.palette.advance(30)

    (after,) = (await search(api, CLUSTERS))["items"]
    beats = [row["status"]["health"]["lastHeartBeatTimestamp"] for row in (before, after)]
    assert seconds_between(*beats) == 30


async def test_profiles_are_listed_by_name_version_and_uid_and_not_paged(api: PaletteApi) -> None:
    items = (await api.json("/v1/dashboard/clusterprofiles/metadata"))["items"]

    assert [(item["metadata"]["name"], item["spec"]["version"]) for item in items] == [
        ("edge-base", "1.4.0"),
        ("edge-base", "1.5.0"),
        ("store-apps", "2.1.0"),
    ]
    assert len({item["metadata"]["uid"] for item in items}) == 3


PROFILE_FILTERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "name, whatever its case": ({"profileName": {"eq": "EDGE-base"}}, ["1.4.0", "1.5.0"]),
    "version": ({"profileName": {"eq": "edge-base"}, "version": {"eq": "1.5.0"}}, ["1.5.0"]),
    "later version": ({"version": {"gt": "1.4.0"}}, ["1.5.0", "2.1.0"]),
    "type": ({"profileType": ["add-on"]}, ["2.1.0"]),
    "scope": ({"scope": "tenant"}, []),
    "tag": ({"tags": {"eq": ["team:BASE"]}}, ["1.4.0", "1.5.0"]),
    "tag that it must not have": ({"tags": {"ne": ["team:base"]}}, ["2.1.0"]),
    "beginning of a tag": ({"tags": {"beginsWith": ["team"]}}, ["1.4.0", "1.5.0"]),
    "cloud": ({"environment": ["edge-native"]}, ["1.4.0", "1.5.0"]),
}


@pytest.mark.parametrize(("wanted", "versions"), PROFILE_FILTERS.values(), ids=PROFILE_FILTERS)
async def test_profiles_are_filtered_by(api: PaletteApi, wanted: dict[str, Any], versions: list[str]) -> None:
    api.palette.state.profiles[0].labels["team"] = "base"

    found = await search(api, "/v1/dashboard/clusterprofiles", {"filter": wanted})

    assert sorted(item["specSummary"]["version"] for item in found["items"]) == versions


async def test_a_profile_tells_its_versions_its_packs_and_who_uses_it(api: PaletteApi) -> None:
    await api.running_cluster()

    profile = await api.json(f"/v1/clusterprofiles/{api.profile_uid('edge-base', '1.4.0')}")

    assert [known["version"] for known in profile["spec"]["versions"]] == ["1.4.0", "1.5.0"]
    assert [pack["layer"] for pack in profile["spec"]["published"]["packs"]] == ["os", "k8s", "cni"]
    assert [user["name"] for user in profile["status"]["inUseClusters"]] == ["store-1"]


async def test_a_profile_of_another_project_is_forbidden(api: PaletteApi) -> None:
    uid = api.profile_uid("edge-base", "1.4.0")

    reply = await api.get(f"/v1/clusterprofiles/{uid}", project_uid=api.uid_of_project(OTHER_PROJECT))

    assert reply.status_code == 403
