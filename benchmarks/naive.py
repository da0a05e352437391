"""A naive operator, for comparison: `python -m benchmarks.naive`.

What one writes first: a create handler for each kind, a timer that reads each object every minute, and the retry of
the official SDK (2 s, doubled, with jitter) on a 429. It has the connection pool of the real one, and neither
limiter, listing nor fence.
"""

from __future__ import annotations

import asyncio
import os
import random
from typing import Any

import httpx
import kopf

from benchmarks.resources import API_KEY, API_VERSION, PROJECT
from palette_operator.palette.network import CONNECT_S, KEEP_ALIVE_S, MAX_CONNECTIONS, READ_S

_GROUP, _VERSION = API_VERSION.split("/")
_TIMER_S = 60.0
_FIRST_PAUSE_S = 2.0
_TRIES = 10
_RETRY_S = 10.0
_ALREADY = "EdgeHostDeviceAlreadyRegistered"


class Palette:
    """Requests to Palette, each sent as soon as somebody wants it."""

    def __init__(self, endpoint: str) -> None:
        connections = httpx.Limits(
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_S,
        )
        self._http = httpx.AsyncClient(
            base_url=endpoint,
            headers={"ApiKey": API_KEY},
            limits=connections,
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S, pool=None),
            trust_env=False,
        )
        self._project = ""

    async def project(self) -> dict[str, str]:
        """Return the header that names the project; looked up once."""
        if not self._project:
            answer = await self.ask("GET", f"/v1/dashboard/projects/metadata?name={PROJECT}", scoped=False)
            self._project = answer.json()["items"][0]["metadata"]["uid"]
        return {"ProjectUid": self._project}

    async def ask(self, method: str, path: str, body: object = None, *, scoped: bool = True) -> httpx.Response:
        """Send a request, and again after growing pauses while it is throttled."""
        headers = await self.project() if scoped else {}
        pause_s = _FIRST_PAUSE_S
        for _ in range(_TRIES):
            answer = await self._http.request(method, path, json=body, headers=headers)
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                return answer
            await asyncio.sleep(pause_s * random.uniform(1.0, 1.5))
            pause_s *= 2
        raise kopf.TemporaryError("throttled", delay=pause_s)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


class Handlers:
    """What is done on the creation of each kind, and every minute."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette

    async def register(self, name: str, patch: kopf.Patch, **_: object) -> None:
        """Register an edge host."""
        body = {"metadata": {"uid": name, "name": name}, "spec": {}}
        answer = await self._palette.ask("POST", "/v1/edgehosts", body)
        if answer.is_error and answer.json().get("code") != _ALREADY:
            raise kopf.TemporaryError(answer.text, delay=_RETRY_S)
        patch.status["uid"] = name

    async def read_host(self, name: str, patch: kopf.Patch, **_: object) -> None:
        """Read an edge host."""
        answer = await self._palette.ask("GET", f"/v1/edgehosts/{name}")
        if answer.is_success:
            patch.status["state"] = answer.json()["status"]["state"]

    async def create(self, name: str, spec: kopf.Spec, patch: kopf.Patch, **_: object) -> None:
        """Create a cluster."""
        listed = await self._palette.ask("GET", "/v1/dashboard/clusterprofiles/metadata")
        profiles = {(item["metadata"]["name"], item["spec"]["version"]): item for item in listed.json()["items"]}
        uids = [profiles[wanted["name"], wanted["version"]]["metadata"]["uid"] for wanted in spec["profiles"]]
        answer = await self._palette.ask("POST", "/v1/spectroclusters/edge-native", _body(name, spec, uids))
        if answer.is_error:
            raise kopf.TemporaryError(answer.text, delay=_RETRY_S)
        patch.status["uid"] = answer.json()["uid"]

    async def read_cluster(self, status: kopf.Status, patch: kopf.Patch, **_: object) -> None:
        """Read a cluster."""
        if not status.get("uid"):
            return
        answer = await self._palette.ask("GET", f"/v1/spectroclusters/{status['uid']}")
        if answer.is_success:
            patch.status["remoteState"] = answer.json().get("status", {}).get("state", "")

    def registry(self) -> kopf.OperatorRegistry:
        """Return them as kopf wants them."""
        registry = kopf.OperatorRegistry()
        for plural, on_create, on_timer in (
            ("edgehosts", self.register, self.read_host),
            ("paletteclusters", self.create, self.read_cluster),
        ):
            kopf.on.create(_GROUP, _VERSION, plural, registry=registry, id=f"create-{plural}")(on_create)
            kopf.timer(_GROUP, _VERSION, plural, registry=registry, id=f"read-{plural}", interval=_TIMER_S)(on_timer)
        kopf.on.login(registry=registry, id="login")(kopf.login_with_kubeconfig)
        return registry


def _body(name: str, spec: kopf.Spec, profile_uids: list[str]) -> dict[str, Any]:
    pools = [
        {
            "cloudConfig": {"edgeHosts": [{"hostUid": host["name"]} for host in pool["edgeHosts"]]},
            "poolConfig": {
                "name": pool["name"],
                "size": len(pool["edgeHosts"]),
                "isControlPlane": pool["controlPlane"],
                "useControlPlaneAsWorker": pool["useControlPlaneAsWorker"],
                "labels": ["control-plane"],
            },
        }
        for pool in spec["machinePools"]
    ]
    return {
        "metadata": {"name": name},
        "spec": {
            "cloudConfig": {"controlPlaneEndpoint": dict(spec["cloud"]["edgeNative"]["controlPlaneEndpoint"])},
            "machinepoolconfig": pools,
            "profiles": [{"uid": uid} for uid in profile_uids],
        },
    }


async def run() -> None:
    """Run until a signal comes."""
    palette = Palette(os.environ["PALETTE_ENDPOINT"])
    settings = kopf.OperatorSettings()
    settings.scanning.disabled = True
    settings.posting.enabled = False
    try:
        await kopf.operator(registry=Handlers(palette).registry(), settings=settings, standalone=True, clusterwide=True)
    finally:
        await palette.aclose()


if __name__ == "__main__":
    asyncio.run(run())
