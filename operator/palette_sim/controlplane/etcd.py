"""etcd: how it is run, and what it is told beside the API server's back."""

import base64
from pathlib import Path

import httpx

from palette_sim.controlplane.process import LOOPBACK

_TIMEOUT_S = 10.0


def etcd_flags(data: Path, url: str) -> list[str]:
    """Compose etcd's flags: one member, loopback only, and no waiting for a disk that nobody will read again."""
    return [
        f"--data-dir={data}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls=http://{LOOPBACK}:0",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


async def compact(url: str) -> int:
    """Have the etcd at `url` forget every revision before its latest; return that. Raises `httpx.HTTPError`.

    Through the JSON gateway of its API. Source: etcd 3.6, "Interacting with etcd": compacted revisions.
    """
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, trust_env=False) as client:
        any_key = base64.b64encode(b"\0").decode()
        read = await client.post("/v3/kv/range", json={"key": any_key, "count_only": True})
        revision = int(read.raise_for_status().json()["header"]["revision"])
        compacted = await client.post("/v3/kv/compaction", json={"revision": revision, "physical": True})
        compacted.raise_for_status()
    return revision
