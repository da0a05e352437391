import pytest

from palette_operator.palette.limits import DOCUMENTED, UNLISTED_PER_SECOND, LimitTable, PrefixLimit

# What each documented row and its listed parents are, for a path that falls under the row. Rows that stand alone (a
# first segment) are derived below.
CHILDREN = {
    "/v1/git/webhook/x": ["/v1/git/webhook"],
    "/v1/cloudconfigs/aws/u/machinePools": ["/v1/cloudconfigs/{cloudType}/{uid}/machinePools", "/v1/cloudconfigs"],
    "/v1/cloudconfigs/edge-native/u/machinePools/w/machines": [
        "/v1/cloudconfigs/{cloudType}/:uid/machinePools/{machinePoolName}/machines",
        "/v1/cloudconfigs/{cloudType}/{uid}/machinePools",
        "/v1/cloudconfigs",
    ],
    "/v1/cloudconfigs/edge-native/u/machinePools/w/machines/m": [
        "/v1/cloudconfigs/{cloudType}/:uid/machinePools/{machinePoolName}/machines/:machineUid",
        "/v1/cloudconfigs/{cloudType}/:uid/machinePools/{machinePoolName}/machines",
        "/v1/cloudconfigs/{cloudType}/{uid}/machinePools",
        "/v1/cloudconfigs",
    ],
    "/v1/events/components/spectrocluster/u": ["/v1/events/components", "/v1/events"],
    "/v1/auth/authenticate": ["/v1/auth/authenticate", "/v1/auth"],
    "/v1/auth/services/login": ["/v1/auth/services/login", "/v1/auth"],
    "/v1/auth/services/edge/login": ["/v1/auth/services/edge/login", "/v1/auth"],
    "/v1/auth/user/password/reset": ["/v1/auth/user/password/reset", "/v1/auth"],
    "/v1/edgehosts/registers": ["/v1/edgehosts/registers", "/v1/edgehosts"],
    "/v1/edgehosts/u/health": ["/v1/edgehosts/:uid/health", "/v1/edgehosts"],
    "/v1/edgehosts/u/spc/download": ["/v1/edgehosts/:uid/spc/download", "/v1/edgehosts"],
    "/v1/spectroclusters/features/logFetcher": ["/v1/spectroclusters/features/logFetcher", "/v1/spectroclusters"],
    "/v1/spectroclusters/u/assets/kubeconfig": ["/v1/spectroclusters/:uid/assets", "/v1/spectroclusters"],
    "/v1/spectroclusters/cost": ["/v1/spectroclusters/cost", "/v1/spectroclusters"],
    "/v1/spectroclusters/usage": ["/v1/spectroclusters/usage", "/v1/spectroclusters"],
    "/v1/spectroclusters/u/download": ["/v1/spectroclusters/:uid/download", "/v1/spectroclusters"],
    "/v1/spectroclusters/acquire": ["/v1/spectroclusters/acquire", "/v1/spectroclusters"],
    "/v1/spectroclusters/u/profiles": ["/v1/spectroclusters/:uid/profiles", "/v1/spectroclusters"],
    "/v1/clusterprofiles/u/packs": ["/v1/clusterprofiles/:uid/packs", "/v1/clusterprofiles"],
    "/v1/clusterprofiles/u/packs/manifests": [
        "/v1/clusterprofiles/:uid/packs/manifests",
        "/v1/clusterprofiles/:uid/packs",
        "/v1/clusterprofiles",
    ],
    "/v1/clusterprofiles/u/packs/p/manifests": [
        "/v1/clusterprofiles/:uid/packs/{packName}/manifests",
        "/v1/clusterprofiles/:uid/packs",
        "/v1/clusterprofiles",
    ],
    "/v1/clusterprofiles/validate/packs": ["/v1/clusterprofiles/validate/packs", "/v1/clusterprofiles"],
    "/v1/clusterprofiles/u/validate/packs": ["/v1/clusterprofiles/:uid/validate/packs", "/v1/clusterprofiles"],
}
ALONE = {f"{row.prefix}/x": [row.prefix] for row in DOCUMENTED if len(row.segments) == 2}
OTHERS = {
    "/v1/spectroclusters": ["/v1/spectroclusters"],
    "/v1/spectroclusters/edge-native": ["/v1/spectroclusters"],
    "/v1/spectroclusters/u/variables": ["/v1/spectroclusters"],
    "/v1/spectroclusters/u?forceDelete=true": ["/v1/spectroclusters"],
    "/v1/edgehosts/u/meta": ["/v1/edgehosts"],
    "/v1/dashboard/spectroclusters/search": ["/v1/dashboard"],
    "/v1/clusterTemplates/u": ["/v1/clusterTemplates"],
    "/v1/cloudconfigs/cloudTypes/nutanix/u/machinePools": ["/v1/cloudconfigs"],
    "/v1/git/other": ["/v1/git"],
}
ROUTES = CHILDREN | ALONE | OTHERS


@pytest.mark.parametrize(("path", "prefixes"), ROUTES.items(), ids=ROUTES)
def test_a_path_counts_against_its_row_and_every_listed_parent(path: str, prefixes: list[str]) -> None:
    assert [limit.prefix for limit in LimitTable().route(path)] == prefixes


def test_every_documented_row_is_reached_by_a_path_of_this_table() -> None:
    reached = {LimitTable().route(path)[0].prefix for path in ROUTES}

    assert {row.prefix for row in DOCUMENTED} <= reached


def test_no_two_rows_mean_the_same_paths() -> None:
    assert len({row.segments for row in DOCUMENTED}) == len(DOCUMENTED) == 65


def test_the_rates_are_the_documented_ones() -> None:
    rates = {row.prefix: row.per_second for row in DOCUMENTED}
    fifty = {prefix for prefix, per_second in rates.items() if per_second == 50}

    assert rates["/v1/auth/user/password/reset"] == 2
    assert fifty == {
        "/v1/spectroclusters",
        "/v1/spectroclusters/:uid/profiles",
        *(prefix for prefix in rates if prefix.startswith("/v1/clusterprofiles")),
    }
    assert set(rates.values()) == {2, 10, 50}


def test_a_prefix_that_is_not_listed_gets_the_general_limit() -> None:
    assert LimitTable().route("/v1/spcPolicies/x/y") == (PrefixLimit("/v1/spcPolicies", UNLISTED_PER_SECOND, 5),)


def test_an_override_replaces_the_rate_whatever_its_wildcards_are_called() -> None:
    table = LimitTable({"/v1/cloudconfigs": 50, "/v1/cloudconfigs/:type/:uid/machinePools": 40})

    assert [limit.per_second for limit in table.route("/v1/cloudconfigs/aws/u/machinePools")] == [40, 50]


def test_an_override_may_name_a_prefix_that_is_not_documented() -> None:
    table = LimitTable({"/v1/spectroclusters/:uid/variables": 5})

    assert [limit.per_second for limit in table.route("/v1/spectroclusters/u/variables")] == [5, 50]
