"""The documented request limits, in all three readings."""

import pytest

from palette_sim.palette.config import LimitReading, PaletteConfig
from palette_sim.palette.limits.buckets import Limiter
from palette_sim.palette.limits.table import TABLE, charges
from support.palette_api import FakeTime, serve_palette

CHARGES = {
    "a cluster is charged to the clusters": ("/v1/spectroclusters/u1", ["/v1/spectroclusters"]),
    "a listed child is charged to its parent too": (
        "/v1/spectroclusters/u1/profiles",
        ["/v1/spectroclusters/*/profiles", "/v1/spectroclusters"],
    ),
    "an unlisted child is charged to its parent alone": ("/v1/spectroclusters/u1/metadata", ["/v1/spectroclusters"]),
    "a machine is charged four times": (
        "/v1/cloudconfigs/edge-native/c1/machinePools/p/machines/m1",
        [
            "/v1/cloudconfigs/*/*/machinePools/*/machines/*",
            "/v1/cloudconfigs/*/*/machinePools/*/machines",
            "/v1/cloudconfigs/*/*/machinePools",
            "/v1/cloudconfigs",
        ],
    ),
    "a literal segment comes before a wildcard": (
        "/v1/clusterprofiles/validate/packs",
        ["/v1/clusterprofiles/validate/packs", "/v1/clusterprofiles"],
    ),
    "a prefix ends at a segment": ("/v1/clusters/u1", ["/v1/clusters"]),
    "an unlisted prefix stands for itself": ("/v1/filters/tags", ["/v1/filters"]),
    "events of components have a limit of their own": (
        "/v1/events/components/spectrocluster/u1",
        ["/v1/events/components", "/v1/events"],
    ),
}


@pytest.mark.parametrize(("path", "want"), CHARGES.values(), ids=CHARGES)
def test_a_request_is_charged_to_every_listed_prefix_that_it_falls_under(path: str, want: list[str]) -> None:
    assert [limit.prefix for limit in charges(path)] == want


RATES = {
    "clusters": ("/v1/spectroclusters/u1", 50),
    "the dashboard": ("/v1/dashboard/edgehosts/search", 10),
    "edge hosts": ("/v1/edgehosts", 10),
    "the reset of a password": ("/v1/auth/user/password/reset", 2),
    "what is not listed": ("/v1/filters", 10),
}


@pytest.mark.parametrize(("path", "rate"), RATES.values(), ids=RATES)
def test_rates_are_those_of_the_documentation(path: str, rate: int) -> None:
    assert charges(path)[0].rate == rate


def test_the_table_has_every_row_of_the_documentation_once() -> None:
    assert len(TABLE) == len({limit.prefix for limit in TABLE}) == 65


def admitted(limiter: Limiter, path: str, source: str = "a") -> int:
    """Count how many requests in a row are admitted, up to a thousand."""
    return next((number for number in range(1000) if not limiter.admits(source, path)), 1000)


BURSTS = {
    "the small burst is 5": (LimitReading.SMALL_BURST, "/v1/dashboard", 5),
    "the small burst is 5 at any rate": (LimitReading.SMALL_BURST, "/v1/spectroclusters", 5),
    "the large burst is 5 times 10": (LimitReading.LARGE_BURST, "/v1/dashboard", 50),
    "the large burst is 5 times 50": (LimitReading.LARGE_BURST, "/v1/spectroclusters", 250),
    "the window holds 10 and 5": (LimitReading.WINDOW, "/v1/dashboard", 15),
    "the window holds 50 and 5": (LimitReading.WINDOW, "/v1/spectroclusters", 55),
    "without limits all pass": (LimitReading.OFF, "/v1/dashboard", 1000),
}


@pytest.mark.parametrize(("reading", "path", "want"), BURSTS.values(), ids=BURSTS)
def test_so_many_requests_pass_at_once(reading: LimitReading, path: str, want: int) -> None:
    assert admitted(Limiter(reading, FakeTime()), path) == want


REFILLS = {
    "a token bucket refills at its rate": (LimitReading.SMALL_BURST, 0.2, 2),
    "a token bucket holds no more than its burst": (LimitReading.SMALL_BURST, 60, 5),
    "the window is still full within the second": (LimitReading.WINDOW, 0.9, 0),
    "the window is empty after a second": (LimitReading.WINDOW, 1.0, 15),
}


@pytest.mark.parametrize(("reading", "wait_s", "want"), REFILLS.values(), ids=REFILLS)
def test_after_a_wait_so_many_more_pass(reading: LimitReading, wait_s: float, want: int) -> None:
    time = FakeTime()
    limiter = Limiter(reading, time)
    admitted(limiter, "/v1/dashboard")

    time.advance(wait_s)

    assert admitted(limiter, "/v1/dashboard") == want


def test_a_child_spends_its_parents_budget() -> None:
    limiter = Limiter(LimitReading.SMALL_BURST, FakeTime())

    admitted(limiter, "/v1/spectroclusters/u1/profiles")

    assert not limiter.admits("a", "/v1/spectroclusters/u1")


def test_a_refused_request_spends_nothing_of_the_other_prefixes() -> None:
    limiter = Limiter(LimitReading.SMALL_BURST, FakeTime())
    admitted(limiter, "/v1/events/components")

    limiter.admits("a", "/v1/events/components")

    assert admitted(limiter, "/v1/events") == 0
    assert admitted(limiter, "/v1/dashboard") == 5


def test_each_source_address_has_buckets_of_its_own() -> None:
    limiter = Limiter(LimitReading.SMALL_BURST, FakeTime())

    admitted(limiter, "/v1/dashboard", source="a")

    assert admitted(limiter, "/v1/dashboard", source="b") == 5


PING = "/v1/health/ping"


async def test_over_the_limit_the_answer_is_429_without_a_header_and_not_json() -> None:
    async with serve_palette(PaletteConfig()) as api:
        replies = [await api.get(PING) for _ in range(6)]

    assert [reply.status_code for reply in replies] == [200] * 5 + [429]
    assert "Retry-After" not in replies[-1].headers
    assert replies[-1].headers["Content-Type"].startswith("text/plain")


async def test_a_429_can_carry_json_and_retry_after() -> None:
    config = PaletteConfig.model_validate({"throttle_body": "json", "retry_after_s": 3})
    async with serve_palette(config) as api:
        reply = [await api.get(PING) for _ in range(6)][-1]

    assert reply.headers["Retry-After"] == "3"
    assert reply.json()["code"] == "TooManyRequests"


async def test_limits_run_in_real_time_however_fast_the_simulated_time_runs() -> None:
    async with serve_palette(PaletteConfig(speed=3600)) as api:
        for _ in range(5):
            await api.get(PING)
        api.palette.advance(3600)
        throttled = await api.get(PING)
        api.time.advance(0.1)
        admitted_again = await api.get(PING)

    assert (throttled.status_code, admitted_again.status_code) == (429, 200)


async def test_a_rival_behind_the_same_address_is_played_by_a_trusted_header() -> None:
    async with serve_palette(PaletteConfig(trust_forwarded_for=True)) as api:
        ours = [await api.get(PING, headers={"X-Forwarded-For": "192.0.2.1"}) for _ in range(6)][-1]
        other = await api.get(PING, headers={"X-Forwarded-For": "192.0.2.2, 10.0.0.1"})

    assert (ours.status_code, other.status_code) == (429, 200)
    assert api.palette.requests.entries[-1].source == "192.0.2.2"


async def test_the_access_log_counts_what_was_throttled() -> None:
    async with serve_palette(PaletteConfig()) as api:
        for _ in range(7):
            await api.get(PING)

    assert (api.palette.requests.total, api.palette.requests.throttled) == (7, 2)
    assert api.palette.requests.by_status == {200: 5, 429: 2}
