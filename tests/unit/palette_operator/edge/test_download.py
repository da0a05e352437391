"""A file from a server of the site: fetched as it is, from allowed addresses alone, and judged by its SHA-256."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.edge.client import AllowedRanges, EdgeClient, LocalEndpoint, OsLogin, Upload
from palette_operator.edge.download import Download, RemoteFile
from support.edge_api import serve_site
from support.file_server import FileServer, serve_files

HERE = AllowedRanges(loopback=True)
BUNDLE = b"bundle" * 50_000
SHA256 = hashlib.sha256(BUNDLE).hexdigest()


@pytest.fixture
async def server() -> AsyncIterator[FileServer]:
    async with serve_files({"bundle.zst": BUNDLE}) as serving:
        yield serving


async def fetched(file: RemoteFile, ranges: AllowedRanges = HERE) -> bytes:
    async with Download(file, ranges) as download:
        return b"".join([chunk async for chunk in download.read()])


async def test_a_file_is_fetched_each_time_that_it_is_read(server: FileServer) -> None:
    async with Download(RemoteFile(f"{server.url}/bundle.zst", SHA256.upper(), server.ca_pem), HERE) as download:
        for _ in range(2):
            assert b"".join([chunk async for chunk in download.read()]) == BUNDLE

    assert server.asked == ["/bundle.zst", "/bundle.zst"]


REFUSED: dict[str, tuple[str, type[ReconcileError], str]] = {
    "one that is not there": ("missing", Stalled, "SourceUnavailable"),
    "one that is elsewhere": ("moved", Stalled, "SourceUnavailable"),
    "one from a server that fails": ("failing", Unavailable, "SourceUnavailable"),
    "one that ends early": ("torn", Unavailable, "SourceUnavailable"),
}


@pytest.mark.parametrize(("name", "kind", "reason"), REFUSED.values(), ids=REFUSED)
async def test_no_file_is(server: FileServer, name: str, kind: type[ReconcileError], reason: str) -> None:
    with pytest.raises(kind, match=f"{server.url}/{name}") as raised:
        await fetched(RemoteFile(f"{server.url}/{name}", SHA256, server.ca_pem))

    assert raised.value.reason == reason
    assert server.asked == [f"/{name}"]


async def test_a_server_of_an_unknown_authority_is_not_believed(server: FileServer) -> None:
    with pytest.raises(Stalled, match="caSecretRef") as raised:
        await fetched(RemoteFile(f"{server.url}/bundle.zst", SHA256))

    assert raised.value.reason == "CertificateInvalid"
    assert server.asked == []


async def test_a_server_outside_of_the_ranges_is_not_asked(server: FileServer) -> None:
    with pytest.raises(Stalled, match="loopback address") as raised:
        await fetched(RemoteFile(f"{server.url}/bundle.zst", SHA256, server.ca_pem), AllowedRanges())

    assert raised.value.reason == "EndpointNotAllowed"
    assert server.asked == []


async def test_an_authority_that_is_none_is_named(server: FileServer) -> None:
    with pytest.raises(Stalled, match="caSecretRef holds no certificates") as raised:
        Download(RemoteFile(f"{server.url}/bundle.zst", SHA256, "no PEM"), HERE)

    assert raised.value.reason == "InvalidSpec"


async def test_a_host_never_takes_a_file_with_another_checksum_for_whole(server: FileServer) -> None:
    file = RemoteFile(f"{server.url}/bundle.zst", "0" * 64, server.ca_pem)
    async with serve_site() as api:
        host = api.host
        endpoint = LocalEndpoint(host.url, fingerprint_sha256=host.fingerprint)
        async with EdgeClient(endpoint, OsLogin(host.username, host.password), HERE) as client:
            async with Download(file, HERE) as download:
                with pytest.raises(Stalled) as raised:
                    await client.upload_content(Upload("bundle.zst", download.read, 2**30))
            assert raised.value.reason == "ChecksumMismatch"
            assert host.record.upload is None

            async with Download(replace(file, sha256=SHA256), HERE) as download:
                path = await client.upload_content(Upload("bundle.zst", download.read, 2**30))

        assert host.record.upload is not None
        assert host.record.upload.sha256 == SHA256
        assert path
