"""A simulated Palette with a hand on its clock, and a bare HTTP client for it. Knows nothing of the operator."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiohttp.typedefs import Middleware

from palette_sim.common.bodies import ArchType
from palette_sim.palette import HostOrder, PaletteConfig, Seed, SimulatedPalette

ADMIN_KEY = "demo-admin-key"
PROJECT_KEY = "demo-project-key"
PROJECT = "retail-prod"
OTHER_PROJECT = "retail-lab"


# These know no ProjectUid.
_OF_THE_TENANT = (
    "/v1/health/",
    "/v1/auth/",
    "/v1/users/",
    "/v1/apiKeys",
    "/v1/projects",
    "/v1/roles/",
    "/v1/system/",
    "/v1/edgehosts/tokens",
)


class FakeTime:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        """Move it forward."""
        self.now_s += seconds


class PaletteApi:
    """A tenant admin's client for one simulated Palette, by default in the project `retail-prod`."""

    def __init__(self, palette: SimulatedPalette, time: FakeTime, client: httpx.AsyncClient) -> None:
        self.palette = palette
        self.time = time
        self.client = client
        self.project_uid = self.uid_of_project(PROJECT)

    def uid_of_project(self, name: str) -> str:
        return self.palette.state.project_named(name).uid

    def profile_uid(self, name: str, version: str) -> str:
        versions = self.palette.state.profile_versions.values()
        return next(known.uid for known in versions if (known.name, known.version) == (name, version))

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = ADMIN_KEY,
        project_uid: str | None = "",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request; `project_uid` None is tenant scope, the empty default what is usual for the path."""
        usual = "" if path.startswith(_OF_THE_TENANT) else self.project_uid
        scope = usual if not project_uid and project_uid is not None else project_uid
        given = {
            **({"ApiKey": key} if key else {}),
            **({"ProjectUid": scope} if scope else {}),
            **(headers or {}),
        }
        return await self.client.request(method, path, json=body, headers=given)

    async def get(
        self,
        path: str,
        *,
        key: str | None = ADMIN_KEY,
        project_uid: str | None = "",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        return await self.call("GET", path, key=key, project_uid=project_uid, headers=headers)

    async def post(
        self, path: str, body: object = None, *, key: str | None = ADMIN_KEY, project_uid: str | None = ""
    ) -> httpx.Response:
        return await self.call("POST", path, body, key=key, project_uid=project_uid)

    async def json(self, path: str) -> dict[str, Any]:
        """GET what must be there."""
        reply = await self.get(path)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def ready_hosts(self, count: int, *, prefix: str = "edge", arch: ArchType = "amd64") -> list[str]:
        order = HostOrder(PROJECT, count=count, prefix=prefix, arch=arch)
        return [host.uid for host in self.palette.people.add_hosts(order)]

    def pool(self, name: str, hosts: list[str], **config: object) -> dict[str, Any]:
        control_plane = config.get("isControlPlane", False)
        labels = ["control-plane"] if control_plane else ["worker"]
        return {
            "cloudConfig": {"edgeHosts": [{"hostUid": uid} for uid in hosts]},
            "poolConfig": {"name": name, "size": len(hosts), "labels": labels, **config},
        }

    def cluster(
        self, name: str = "store-1", *, control: list[str], workers: list[str] | None = None, **spec: object
    ) -> dict[str, Any]:
        """Write the body that creates a cluster of `edge-base` 1.4.0 on these hosts."""
        pools = [self.pool("control", control, isControlPlane=True)]
        if workers:
            pools.append(self.pool("worker", workers))
        return {
            "metadata": {"name": name, "labels": {"site": "1"}},
            "spec": {
                "cloudConfig": {"controlPlaneEndpoint": {"type": "VIP", "host": "10.1.1.1"}},
                "profiles": [{"uid": self.profile_uid("edge-base", "1.4.0")}],
                "machinepoolconfig": pools,
                **spec,
            },
        }

    async def create(self, body: dict[str, Any]) -> str:
        """Create what must be accepted; returns the uid."""
        reply = await self.post("/v1/spectroclusters/edge-native", body)
        assert reply.status_code == 201, reply.text
        uid: str = reply.json()["uid"]
        return uid

    async def running_cluster(self, name: str = "store-1", *, workers: int = 0, **spec: object) -> str:
        """Create a cluster on new hosts and let it be Running and Healthy."""
        control = self.ready_hosts(1, prefix=f"{name}-control")
        body = self.cluster(name, control=control, workers=self.ready_workers(name, workers), **spec)
        uid = await self.create(body)
        self.palette.people.bring_up_cluster(uid)
        return uid

    def ready_workers(self, name: str, count: int) -> list[str]:
        return self.ready_hosts(count, prefix=f"{name}-worker") if count else []

    def store_apps(self, **variables: str) -> dict[str, Any]:
        """Write the entry that attaches `store-apps` 2.1.0."""
        values = {"storeId": "1", "password": "hidden", **variables}
        return {
            "uid": self.profile_uid("store-apps", "2.1.0"),
            "variables": [{"name": name, "value": value} for name, value in values.items()],
        }


@asynccontextmanager
async def serve_palette(
    config: PaletteConfig | None = None, seed: Seed | None = None, *, middlewares: Sequence[Middleware] = ()
) -> AsyncIterator[PaletteApi]:
    """Serve a simulated Palette whose time stands still; without limits unless the settings name one."""
    time = FakeTime()
    settings = config or PaletteConfig.model_validate({"limits": "off"})
    async with (
        SimulatedPalette(settings, seed, monotonic=time, middlewares=middlewares) as palette,
        httpx.AsyncClient(base_url=palette.endpoint, timeout=10, verify=False) as client,
    ):
        yield PaletteApi(palette, time, client)
