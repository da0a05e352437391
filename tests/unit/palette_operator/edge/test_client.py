"""What the calls mean: what is not there, which spelling a host knows, and what is brought to it."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from palette_operator.domain.errors import Stalled, Unavailable
from palette_operator.domain.identifiers import PoolName, ProfileUid
from palette_operator.domain.local import HostConfiguration, LinkToken, LocalVariable
from palette_operator.edge.client import EdgeClient, Upload
from support.edge_host import DETAILS, HOST, SETTINGS, THIS_HOST, Answer, EdgeHost, answer

CLUSTER = "/v1/edge-mgmt/cluster"
READ, READ_CLUSTER = f"GET {HOST}", f"GET {DETAILS}"
ACCEPTED = answer(202, {"message": "accepted"})
NO_PATH = answer(404, {"code": 404, "message": "path was not found"})
GO_NO_PATH = httpx.Response(404, text="404 page not found\n")
PAGE = httpx.Response(404, text="<html><body>nginx</body></html>")
NAMED, UNNAMED = f"PUT {CLUSTER}/shop", f"PUT {CLUSTER}"
BODY: dict[str, object] = {"metadata": {"name": "shop"}}

ABSENT = {
    "an empty 404": answer(404),
    "a 404 with a code": answer(404, {"code": "ClusterNotFound", "message": "no cluster"}),
    "a 404 with a message": answer(404, {"message": "no cluster"}),
    "a 404 with a text": answer(404, "no cluster"),
}
READS_OF_ONE: dict[str, tuple[str, Callable[[EdgeClient], Awaitable[object]]]] = {
    "a cluster": (READ_CLUSTER, lambda c: c.cluster()),
    "a kubeconfig": (READ_CLUSTER, lambda c: c.kubeconfig()),
    "a cluster's configuration": (f"GET {CLUSTER}", lambda c: c.cluster_config()),
    "certificates": (f"GET {CLUSTER}/certificates", lambda c: c.certificates()),
    "links": (f"GET {HOST}/link/status", lambda c: c.link_status()),
    "what was uploaded": (f"GET {HOST}/uploaded-content/details", lambda c: c.uploaded_content()),
    "an archive": ("GET /v1/edge-mgmt/clusters/archive/embedded/details", lambda c: c.archive("embedded")),
}


@pytest.mark.parametrize("absent", ABSENT.values(), ids=ABSENT)
@pytest.mark.parametrize(("path", "read"), READS_OF_ONE.values(), ids=READS_OF_ONE)
async def test_there_is_none_when_the_host_says_so_and_it_is_the_host(
    path: str, read: Callable[[EdgeClient], Awaitable[object]], absent: httpx.Response
) -> None:
    host = EdgeHost({path: absent})

    assert await read(host.client()) is None

    assert host.asked() == [path, READ]


NOT_KNOWN: dict[str, dict[str, Answer | list[Answer]]] = {
    "a router does not know the path": {READ_CLUSTER: NO_PATH},
    "Go's router does not know the path": {READ_CLUSTER: GO_NO_PATH},
    "a proxy shows a page": {READ_CLUSTER: PAGE},
    "the host fails": {READ_CLUSTER: answer(500)},
    "the host does not answer": {READ_CLUSTER: httpx.ConnectError("x")},
    "the answer is no cluster": {READ_CLUSTER: answer(200, {})},
    "the answer is empty": {READ_CLUSTER: answer(200)},
    "something is absent, but it is no host that says so": {READ_CLUSTER: answer(404), READ: PAGE},
    "something is absent, but so is the host": {READ_CLUSTER: answer(404), READ: answer(404)},
    "something is absent, but the host does not tell its name": {
        READ_CLUSTER: answer(404),
        READ: answer(200, {"metadata": {}}),
    },
    "something is absent, but the host is gone by now": {READ_CLUSTER: answer(404), READ: httpx.ConnectError("x")},
}


@pytest.mark.parametrize("answers", NOT_KNOWN.values(), ids=NOT_KNOWN)
async def test_a_cluster_is_not_absent_while(answers: dict[str, Answer | list[Answer]]) -> None:
    with pytest.raises(Unavailable):
        await EdgeHost(answers).client().cluster()


async def test_a_refusal_is_not_absence() -> None:
    with pytest.raises(Stalled) as caught:
        await EdgeHost({READ_CLUSTER: answer(403)}).client().cluster()

    assert caught.value.reason == "Forbidden"


@pytest.mark.parametrize("missing", [NO_PATH, GO_NO_PATH, answer(404), answer(405)])
async def test_a_change_goes_by_the_older_path_where_the_newer_is_missing(missing: httpx.Response) -> None:
    host = EdgeHost({NAMED: missing, UNNAMED: ACCEPTED})

    await host.client().update_cluster("shop", BODY)

    writes = [call for call in host.asked() if not call.startswith("GET")]
    assert writes == [NAMED, UNNAMED]


async def test_a_change_goes_by_the_newer_path_where_there_is_one() -> None:
    host = EdgeHost({NAMED: ACCEPTED})

    await host.client().update_cluster("shop", BODY)

    assert [call for call in host.asked() if not call.startswith("GET")] == [NAMED]


async def test_a_host_that_says_that_there_is_no_such_cluster_is_not_asked_by_another_path() -> None:
    host = EdgeHost({NAMED: answer(404, {"code": "ClusterNotFound", "message": "no cluster shop"}), UNNAMED: ACCEPTED})

    with pytest.raises(Stalled, match="no cluster shop"):
        await host.client().update_cluster("shop", BODY)

    assert UNNAMED not in host.asked()


async def test_when_neither_path_is_there_the_newer_one_is_spoken_of() -> None:
    host = EdgeHost({NAMED: NO_PATH, UNNAMED: answer(405)})

    with pytest.raises(Unavailable, match="too old"):
        await host.client().update_cluster("shop", BODY)


async def test_a_write_that_was_refused_is_not_sent_by_another_path() -> None:
    host = EdgeHost({NAMED: answer(500), UNNAMED: ACCEPTED})

    with pytest.raises(Unavailable):
        await host.client().update_cluster("shop", BODY)

    assert UNNAMED not in host.asked()


PATCH = {"op": "replace", "path": "/spec/x", "value": {"a": 1}}


async def test_parts_go_to_newer_hosts_and_the_whole_to_older_ones() -> None:
    newer, older = EdgeHost({f"PATCH {CLUSTER}/shop": ACCEPTED}), EdgeHost({f"PATCH {CLUSTER}": ACCEPTED})

    await newer.client().patch_cluster("shop", [PATCH], whole=BODY)
    await older.client().patch_cluster("shop", [PATCH], whole=BODY)

    assert json.loads(newer.bodies[-1]) == {"clusterConfigPatches": [PATCH]}
    assert json.loads(older.bodies[-1]) == BODY


async def test_without_the_whole_an_older_host_takes_no_parts() -> None:
    host = EdgeHost({f"PATCH {CLUSTER}": ACCEPTED})

    with pytest.raises(Stalled):
        await host.client().patch_cluster("shop", [PATCH])

    assert f"PATCH {CLUSTER}" not in host.asked()


@pytest.mark.parametrize(
    ("path", "remove"),
    [
        (f"DELETE {CLUSTER}", lambda c: c.delete_cluster()),
        ("DELETE /v1/edge-mgmt/clusters/current/machinepools/worker", lambda c: c.delete_pool(PoolName("worker"))),
    ],
)
async def test_what_is_gone_counts_as_deleted_when_the_host_says_so(
    path: str, remove: Callable[[EdgeClient], Awaitable[None]]
) -> None:
    gone, page = EdgeHost({path: answer(404)}), EdgeHost({path: PAGE})

    await remove(gone.client())

    with pytest.raises(Unavailable):
        await remove(page.client())


async def test_a_name_is_escaped_in_a_path_and_none_leads_elsewhere() -> None:
    host = EdgeHost()

    with pytest.raises(Stalled):
        await host.client().patch_cluster("a/../b c", [])
    assert host.requests[-1].url.raw_path == b"/v1/edge-mgmt/cluster/a%2F..%2Fb%20c"

    with pytest.raises(Stalled, match="leads to another path") as caught:
        await host.client().delete_pool(PoolName(".."))
    assert caught.value.reason == "InvalidSpec"


KUBECONFIG = "apiVersion: v1\nkind: Config\n"


@pytest.mark.parametrize("sent", [KUBECONFIG, base64.b64encode(KUBECONFIG.encode()).decode()], ids=["text", "base64"])
async def test_a_kubeconfig_comes_as_text_or_in_base64(sent: str) -> None:
    host = EdgeHost({READ_CLUSTER: answer(200, {"metadata": {"name": "shop"}, "status": {"kubeconfig": sent}})})

    assert await host.client().kubeconfig() == KUBECONFIG


@pytest.mark.parametrize("sent", ["", " ", None])
async def test_there_may_be_no_kubeconfig_yet(sent: str | None) -> None:
    host = EdgeHost({READ_CLUSTER: answer(200, {"metadata": {"name": "shop"}, "status": {"kubeconfig": sent}})})

    assert await host.client().kubeconfig() is None


@pytest.mark.parametrize("sent", ["not-base64!", base64.b64encode(b"\xff\xfe").decode()])
async def test_a_kubeconfig_that_cannot_be_read_is_not_shown(sent: str) -> None:
    host = EdgeHost({READ_CLUSTER: answer(200, {"metadata": {"name": "shop"}, "status": {"kubeconfig": sent}})})

    with pytest.raises(Unavailable, match="neither text nor base64") as caught:
        await host.client().kubeconfig()

    assert sent not in str(caught.value)


@pytest.mark.parametrize("settings", [answer(404), NO_PATH, GO_NO_PATH, answer(200, {})])
async def test_a_host_without_settings_tells_its_mode_with_its_facts(settings: httpx.Response) -> None:
    facts = {**THIS_HOST, "spec": {"connectionMode": "connected", "managementMode": "central"}}
    host = EdgeHost({f"GET {SETTINGS}": settings, READ: answer(200, facts)})

    told = await host.client().settings()

    assert (told.installation_mode, told.management_mode, told.is_airgapped) == ("connected", "central", False)


async def test_values_are_struck_out_of_what_the_host_says_of_them() -> None:
    verdict = {"name": "license", "profileUid": "p", "isValid": False, "validationFailureReason": "hunter22 is short"}
    host = EdgeHost({f"POST {CLUSTER}/profiles/variables/validate": answer(200, {"variables": [verdict]})})

    variable = LocalVariable("license", ProfileUid("p"), "hunter22")
    (told,) = await host.client().validate_variables("/archive", [variable])

    assert (told.name, told.is_valid, told.reason) == ("license", False, "*** is short")
    assert json.loads(host.bodies[-1]) == {
        "archiveUploadPath": "/archive",
        "variables": [{"name": "license", "profileUid": "p", "value": "hunter22"}],
    }


async def test_a_host_without_an_archive_may_answer_with_an_empty_one() -> None:
    host = EdgeHost({"GET /v1/edge-mgmt/clusters/archive/update/details": answer(200, {})})

    assert await host.client().archive("update") is None


async def test_a_configuration_is_set_whole_so_that_what_is_empty_goes() -> None:
    host = EdgeHost({f"PUT {HOST}/configurations": answer(200, {"message": "ok"})})

    await host.client().set_configuration(HostConfiguration(no_proxy="10.0.0.0/8"))

    assert json.loads(host.bodies[-1]) == {
        "httpProxy": "",
        "httpsProxy": "",
        "noProxy": "10.0.0.0/8",
        "caCerts": [],
    }


async def test_a_host_is_linked_with_the_token_of_another() -> None:
    leader = EdgeHost({f"POST {HOST}/link/generate-token": answer(200, {"token": "link-secret", "remainingTime": 240})})
    host = EdgeHost({f"POST {HOST}/link": answer(200, {"status": "InProgress"})})

    token = await leader.client().link_token()
    link = await host.client().link(token)

    assert token == LinkToken("link-secret", 240)
    assert "link-secret" not in repr(token)
    assert link.status == "InProgress"
    assert json.loads(host.bodies[-1]) == {"token": "link-secret", "remainingTime": 240}


# Uploads.

UPLOAD = f"POST {HOST}/actions/upload-content"


def upload_of(*chunks: bytes, most_bytes: int = 1_000, file_name: str = "bundle.zst", signature: bytes = b"") -> Upload:
    async def read() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return Upload(file_name, read, most_bytes, signature)


async def test_an_upload_is_a_form_with_the_file_and_its_signature_and_tells_the_path() -> None:
    host = EdgeHost({UPLOAD: answer(201, {"message": "ok", "uploadPath": "/opt/bundle"})})

    path = await host.client().upload_content(upload_of(b"one", b"two", signature=b"signed"))

    assert path == "/opt/bundle"
    request, body = host.requests[-1], host.bodies[-1]
    kind, boundary = request.headers["Content-Type"].split("; boundary=")
    assert kind == "multipart/form-data"
    file, signature, end = body.split(f"--{boundary}".encode())[1:]
    assert b'name="uploadFile"; filename="bundle.zst"' in file
    assert file.endswith(b"\r\n\r\nonetwo\r\n")
    assert b'name="signature"' in signature
    assert signature.endswith(b"\r\n\r\nsigned\r\n")
    assert end == b"--\r\n"


async def test_an_upload_that_goes_on_for_too_long_is_given_up() -> None:
    host = EdgeHost({UPLOAD: answer(201, {"uploadPath": "/opt/bundle"})})

    with pytest.raises(Stalled) as caught:
        await host.client().upload_content(upload_of(b"x" * 600, b"x" * 600))

    assert caught.value.reason == "UploadTooLarge"


@pytest.mark.parametrize("name", ['a"; name="x', "a\r\nX-Evil: 1", "a\\"])
async def test_a_file_name_cannot_break_out_of_its_place(name: str) -> None:
    host = EdgeHost({UPLOAD: answer(201, {"uploadPath": "/opt/bundle"})})

    await host.client().upload_content(upload_of(b"one", file_name=name))

    head = host.bodies[-1].split(b"\r\n\r\n")[0].decode()
    assert head.count("\r\n") == 2
    assert head.replace("\\\\", "").count('"') == 4


async def test_an_upload_without_a_path_in_the_answer_is_not_taken_for_done() -> None:
    host = EdgeHost({UPLOAD: answer(201, {"message": "ok"})})

    with pytest.raises(Unavailable):
        await host.client().upload_content(upload_of(b"one"))

    assert host.asked().count(UPLOAD) == 1
