"""Requests and their answers, over HTTPS. What is refused, and in which words, was seen on kube-apiserver 1.36."""

from __future__ import annotations

import json
import stat
from typing import Any

import httpx
import pytest

from palette_sim.kube_api import EmbeddedKubernetes

WIDGETS = "/apis/shop.example.com/v1/namespaces/default/widgets"
MERGE = {"Content-Type": "application/merge-patch+json"}
APPLY = {"Content-Type": "application/apply-patch+yaml"}


def widget(name: str = "a", *, metadata: dict[str, Any] | None = None, **spec: object) -> dict[str, Any]:
    return {
        "apiVersion": "shop.example.com/v1",
        "kind": "Widget",
        "metadata": {"name": name, **(metadata or {})},
        "spec": {"size": 1, **spec},
    }


async def create(api: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(WIDGETS, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def merge(api: httpx.AsyncClient, path: str, change: dict[str, Any]) -> httpx.Response:
    return await api.patch(path, content=json.dumps(change), headers=MERGE)


async def test_a_new_object_has_what_the_server_gives_it(api: httpx.AsyncClient) -> None:
    made = await create(api, widget(shell={}) | {"status": {"phase": "Up"}})
    assert made["metadata"].keys() == {
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "generation",
        "resourceVersion",
    }
    assert made["spec"] == {"size": 1, "colour": "red", "shell": {"thick": False}}
    assert "status" not in made


async def test_a_generated_name_is_unique(api: httpx.AsyncClient) -> None:
    body = widget(metadata={"generateName": "w-"})
    del body["metadata"]["name"]
    names = {(await create(api, body))["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("w-") for name in names)


REFUSED_CREATES: dict[str, tuple[dict[str, Any], int, str]] = {
    "of a name that is taken": (widget("taken"), 409, 'widgets.shop.example.com "taken" already exists'),
    "with a bad value": (
        widget(size=99),
        422,
        (
            'Widget.shop.example.com "a" is invalid: spec.size: Invalid value: 99: '
            "spec.size in body should be less than or equal to 10"
        ),
    ),
    "with two bad values": (
        widget(note="toolong", pools=[{"name": "x"}, {"name": "x"}]),
        422,
        (
            'Widget.shop.example.com "a" is invalid: [spec.note: Too long: may not be more than 5 bytes, '
            'spec.pools[1]: Duplicate value: {"name":"x"}]'
        ),
    ),
    "without a name": (
        {**widget(), "metadata": {}},
        422,
        'Widget.shop.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
    ),
    "of another kind": (
        widget() | {"kind": "Wodget"},
        422,
        'Wodget.shop.example.com "a" is invalid: kind: Invalid value: "Wodget": must be Widget',
    ),
    "of another version": (
        widget() | {"apiVersion": "shop.example.com/v2"},
        400,
        (
            "the API version in the data (shop.example.com/v2) does not match the expected API version "
            "(shop.example.com/v1)"
        ),
    ),
    "in another namespace than that of the URL": (
        widget(metadata={"namespace": "other"}),
        400,
        "the namespace of the provided object does not match the namespace sent on the request",
    ),
    "with a label that is no text": (
        widget(metadata={"labels": {"a": 1}}),
        400,
        (
            'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go struct field '
            "ObjectMeta.labels of type string"
        ),
    ),
}


@pytest.mark.parametrize(("body", "code", "message"), REFUSED_CREATES.values(), ids=REFUSED_CREATES)
async def test_a_create_is_refused(api: httpx.AsyncClient, body: dict[str, Any], code: int, message: str) -> None:
    await create(api, widget("taken"))
    answer = await api.post(WIDGETS, json=body)
    assert (answer.status_code, answer.json()["message"]) == (code, message)


async def test_a_create_in_a_namespace_that_is_not_there_is_not_found(api: httpx.AsyncClient) -> None:
    answer = await api.post(WIDGETS.replace("default", "nope"), json=widget())
    assert (answer.status_code, answer.json()["message"]) == (404, 'namespaces "nope" not found')


UNKNOWN = widget(metadata={"foo": 1}, sise=1)
FIELD_VALIDATION = {
    "Strict refuses": (
        "Strict",
        400,
        [],
        (
            'Widget in version "v1" cannot be handled as a Widget: strict decoding error: '
            'unknown field "metadata.foo", unknown field "spec.sise"'
        ),
    ),
    "Warn warns": (
        "Warn",
        201,
        ['299 - "unknown field \\"metadata.foo\\""', '299 - "unknown field \\"spec.sise\\""'],
        None,
    ),
    "Ignore is silent": ("Ignore", 201, [], None),
}


@pytest.mark.parametrize(("mode", "code", "warnings", "message"), FIELD_VALIDATION.values(), ids=FIELD_VALIDATION)
async def test_unknown_fields(
    api: httpx.AsyncClient, mode: str, code: int, warnings: list[str], message: str | None
) -> None:
    answer = await api.post(WIDGETS, params={"fieldValidation": mode}, json=UNKNOWN)
    assert (answer.status_code, answer.json().get("message")) == (code, message)
    assert answer.headers.get_list("warning") == warnings
    assert "sise" not in answer.json().get("spec", {})


async def test_an_unknown_field_in_a_patch_is_refused_with_the_patched_object(api: httpx.AsyncClient) -> None:
    await create(api, widget())
    answer = await merge(api, f"{WIDGETS}/a?fieldValidation=Strict", {"spec": {"sise": 1}})
    assert answer.status_code == 422
    assert answer.json()["message"].startswith(' "" is invalid: patch: Invalid value: "{')
    assert answer.json()["message"].endswith('strict decoding error: unknown field "spec.sise"')


async def test_generation_counts_changes_of_the_spec_alone(api: httpx.AsyncClient) -> None:
    await create(api, widget())
    generations = []
    for path, change in (
        (f"{WIDGETS}/a", {"spec": {"size": 2}}),
        (f"{WIDGETS}/a", {"metadata": {"labels": {"x": "y"}}}),
        (f"{WIDGETS}/a/status", {"status": {"phase": "Up"}}),
        (f"{WIDGETS}/a", {"spec": {"size": 3}}),
    ):
        generations.append((await merge(api, path, change)).json()["metadata"]["generation"])
    assert generations == [2, 2, 2, 3]


async def test_the_spec_and_the_status_are_written_apart(api: httpx.AsyncClient) -> None:
    await create(api, widget())
    both = {"spec": {"size": 2}, "status": {"phase": "Up"}}
    of_main = (await merge(api, f"{WIDGETS}/a", both)).json()
    of_status = (await merge(api, f"{WIDGETS}/a/status", {"spec": {"size": 3}, "status": {"phase": "Down"}})).json()
    assert (of_main["spec"]["size"], of_main.get("status")) == (2, None)
    assert (of_status["spec"]["size"], of_status["status"]) == (2, {"phase": "Down"})


async def test_a_bad_status_is_refused_with_paths_below_status(api: httpx.AsyncClient) -> None:
    await create(api, widget())
    answer = await merge(api, f"{WIDGETS}/a/status", {"status": {"phase": "Sideways", "seenAt": "nope"}})
    assert {cause["field"]: cause["message"] for cause in answer.json()["details"]["causes"]} == {
        "status.phase": 'Unsupported value: "Sideways": supported values: "Up", "Down"',
        "status.seenAt": 'Invalid value: "nope": seenAt in body must be of type date-time: "nope"',
    }


async def test_a_write_that_changes_nothing_keeps_the_version(api: httpx.AsyncClient) -> None:
    made = await create(api, widget())
    patched = (await merge(api, f"{WIDGETS}/a", {"spec": {"size": 1}})).json()
    put = (await api.put(f"{WIDGETS}/a", json=made)).json()
    assert patched == put == made


CHANGED = (
    'Operation cannot be fulfilled on widgets.shop.example.com "a": the object has been modified; '
    "please apply your changes to the latest version and try again"
)


async def test_a_stale_version_is_a_conflict_for_put_and_patch(api: httpx.AsyncClient) -> None:
    made = await create(api, widget())
    await merge(api, f"{WIDGETS}/a", {"spec": {"size": 2}})
    stale = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}}
    answers = [
        await api.put(f"{WIDGETS}/a", json=made),
        await merge(api, f"{WIDGETS}/a", stale | {"spec": {"size": 4}}),
        await merge(api, f"{WIDGETS}/a/status", stale | {"status": {"phase": "Up"}}),
    ]
    assert [(answer.status_code, answer.json()["message"]) for answer in answers] == [(409, CHANGED)] * 3


@pytest.mark.parametrize("subresource", ["", "/status"])
@pytest.mark.parametrize("version", [{}, {"resourceVersion": "1"}], ids=["without a version", "of a stale version"])
async def test_another_object_is_not_replaced_in_its_place(
    api: httpx.AsyncClient, subresource: str, version: dict[str, str]
) -> None:
    made = await create(api, widget())
    answer = await api.put(f"{WIDGETS}/a{subresource}", json=widget(metadata={"uid": "other", **version}))
    assert answer.status_code == 409
    assert answer.json()["message"] == (
        'Operation cannot be fulfilled on widgets.shop.example.com "a": StorageError: invalid object, Code: 4, Key: '
        "/registry/shop.example.com/widgets/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
        f"UID in precondition: other, UID in object meta: {made['metadata']['uid']}"
    )


async def test_a_patch_may_not_change_the_uid(api: httpx.AsyncClient) -> None:
    await create(api, widget())
    answer = await merge(api, f"{WIDGETS}/a", {"metadata": {"uid": "other"}, "spec": {"size": 2}})
    assert answer.status_code == 422
    assert answer.json()["message"] == (
        'Widget.shop.example.com "a" is invalid: metadata.uid: Invalid value: "other": field is immutable'
    )


async def test_a_patch_of_another_version_is_a_conflict_whatever_its_uid(api: httpx.AsyncClient) -> None:
    await create(api, widget())
    change = {"metadata": {"uid": "other", "resourceVersion": "1"}, "spec": {"size": 2}}
    answer = await merge(api, f"{WIDGETS}/a", change)
    assert (answer.status_code, answer.json()["message"]) == (409, CHANGED)


async def test_a_patch_of_the_status_passes_over_the_uid(api: httpx.AsyncClient) -> None:
    made = await create(api, widget())
    answer = await merge(api, f"{WIDGETS}/a/status", {"metadata": {"uid": "other"}, "status": {"phase": "Up"}})
    assert answer.status_code == 200
    assert answer.json()["status"] == {"phase": "Up"}
    assert answer.json()["metadata"]["uid"] == made["metadata"]["uid"]


async def test_an_update_without_a_version_is_refused(api: httpx.AsyncClient) -> None:
    await create(api, widget())
    answer = await api.put(f"{WIDGETS}/a", json=widget(size=2))
    assert answer.status_code == 422
    assert answer.json()["message"].endswith(
        "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
    )


async def test_deletion_waits_for_the_last_finalizer(api: httpx.AsyncClient) -> None:
    await create(api, widget(metadata={"finalizers": ["example.com/a", "example.com/b"]}))
    marked = (await api.delete(f"{WIDGETS}/a")).json()
    again = (await api.delete(f"{WIDGETS}/a")).json()
    assert "deletionTimestamp" in marked["metadata"]
    assert again == marked
    await merge(api, f"{WIDGETS}/a", {"metadata": {"finalizers": ["example.com/b"]}})
    assert (await api.get(f"{WIDGETS}/a")).status_code == 200
    await merge(api, f"{WIDGETS}/a", {"metadata": {"finalizers": None}})
    assert (await api.get(f"{WIDGETS}/a")).status_code == 404


async def test_no_finalizer_is_added_during_deletion(api: httpx.AsyncClient) -> None:
    await create(api, widget(metadata={"finalizers": ["example.com/a"]}))
    await api.delete(f"{WIDGETS}/a")
    answer = await merge(api, f"{WIDGETS}/a", {"metadata": {"finalizers": ["example.com/a", "example.com/b"]}})
    assert answer.json()["message"] == (
        'Widget.shop.example.com "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the '
        'object is being deleted, found new finalizers []string{"example.com/b"}'
    )


@pytest.mark.parametrize("precondition", [{"uid": "other"}, {"resourceVersion": "1"}], ids=["uid", "resourceVersion"])
async def test_a_deletion_keeps_its_preconditions(api: httpx.AsyncClient, precondition: dict[str, str]) -> None:
    await create(api, widget())
    answer = await api.request("DELETE", f"{WIDGETS}/a", json={"preconditions": precondition})
    assert answer.status_code == 409
    assert (await api.get(f"{WIDGETS}/a")).status_code == 200


async def test_a_dry_run_stores_nothing(api: httpx.AsyncClient) -> None:
    await create(api, widget())
    answers = [
        await api.post(f"{WIDGETS}?dryRun=All", json=widget("b")),
        await merge(api, f"{WIDGETS}/a?dryRun=All", {"spec": {"size": 9}}),
        await api.delete(f"{WIDGETS}/a?dryRun=All"),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    listed = (await api.get(WIDGETS)).json()["items"]
    assert [(found["metadata"]["name"], found["spec"]["size"]) for found in listed] == [("a", 1)]


async def test_an_apply_creates_then_merges_then_changes_nothing(api: httpx.AsyncClient) -> None:
    codes, versions = [], []
    for pools in ([{"name": "p", "count": 1}], [{"name": "q"}], [{"name": "q"}]):
        body = json.dumps(widget(pools=pools))
        answer = await api.patch(f"{WIDGETS}/a?fieldManager=me", content=body, headers=APPLY)
        codes.append(answer.status_code)
        versions.append(answer.json()["metadata"]["resourceVersion"])
    assert codes == [201, 200, 200]
    assert versions[1] == versions[2] != versions[0]
    assert answer.json()["spec"]["pools"] == [{"name": "p", "count": 1}, {"name": "q"}]


async def test_an_apply_of_an_unknown_field_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.patch(f"{WIDGETS}/a?fieldManager=me", content=json.dumps(widget(sise=1)), headers=APPLY)
    assert (answer.status_code, answer.json()["message"]) == (
        500,
        (
            "failed to create typed patch object (/a; shop.example.com/v1, Kind=Widget): "
            ".spec.sise: field not declared in schema"
        ),
    )


async def test_a_list_comes_in_chunks(api: httpx.AsyncClient) -> None:
    for name in ("c", "a", "b"):
        await create(api, widget(name))
    names, query = [], {"limit": "2"}
    while True:
        page = (await api.get(WIDGETS, params=query)).json()
        names.append([found["metadata"]["name"] for found in page["items"]])
        if "continue" not in page["metadata"]:
            break
        query["continue"] = page["metadata"]["continue"]
    assert names == [["a", "b"], ["c"]]


async def test_a_chunk_from_before_a_compaction_is_gone(api: httpx.AsyncClient, server: EmbeddedKubernetes) -> None:
    for name in ("a", "b"):
        await create(api, widget(name))
    token = (await api.get(WIDGETS, params={"limit": 1})).json()["metadata"]["continue"]
    server.compact()
    answer = await api.get(WIDGETS, params={"limit": "1", "continue": token})
    assert (answer.status_code, answer.json()["reason"]) == (410, "Expired")


async def test_selectors_choose_from_a_list_and_from_a_deletion(api: httpx.AsyncClient) -> None:
    for name, tier in (("a", "x"), ("b", "y"), ("c", "x")):
        await create(api, widget(name, metadata={"labels": {"tier": tier}}))
    by_field = (await api.get(WIDGETS, params={"fieldSelector": "metadata.name!=a"})).json()["items"]
    await api.delete(WIDGETS, params={"labelSelector": "tier=x"})
    left = (await api.get(WIDGETS)).json()["items"]
    assert [found["metadata"]["name"] for found in by_field] == ["b", "c"]
    assert [found["metadata"]["name"] for found in left] == ["b"]


async def test_a_table_has_the_columns_of_the_crd(api: httpx.AsyncClient) -> None:
    await create(api, widget())
    await merge(api, f"{WIDGETS}/a/status", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    table = (
        await api.get(WIDGETS, headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"})
    ).json()
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Ready", "Size", "Colour", "Age"]
    assert table["rows"][0]["cells"][:4] == ["a", "True", 1, "red"]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


async def test_a_secret_encodes_what_is_given_as_text(api: httpx.AsyncClient) -> None:
    path = "/api/v1/namespaces/default/secrets"
    body = {"metadata": {"name": "s"}, "stringData": {"a": "b"}}
    made = (await api.post(path, json=body)).json()
    assert (made["data"], made["type"], "stringData" in made) == ({"a": "Yg=="}, "Opaque", False)


async def test_an_event_is_served_by_both_groups(api: httpx.AsyncClient) -> None:
    about = {"kind": "Widget", "name": "a", "namespace": "default"}
    body = {"metadata": {"name": "e"}, "involvedObject": about, "reason": "R", "message": "M"}
    await api.post("/api/v1/namespaces/default/events", json=body)
    shown = (await api.get("/apis/events.k8s.io/v1/namespaces/default/events/e")).json()
    found = await api.get("/api/v1/events", params={"fieldSelector": "involvedObject.name=a,reason=R"})
    assert (shown["regarding"], shown["note"]) == (about, "M")
    assert len(found.json()["items"]) == 1


async def test_an_event_lives_beside_its_object(api: httpx.AsyncClient) -> None:
    body = {"metadata": {"name": "e"}, "involvedObject": {"kind": "Widget", "name": "a", "namespace": "other"}}
    answer = await api.post("/api/v1/namespaces/default/events", json=body)
    assert answer.status_code == 422
    assert "does not match event.namespace" in answer.json()["message"]


async def test_a_namespace_takes_its_content_with_it(api: httpx.AsyncClient) -> None:
    shop = WIDGETS.replace("default", "shop")
    await api.post("/api/v1/namespaces", json={"metadata": {"name": "shop"}})
    held = widget(metadata={"finalizers": ["example.com/a"]})
    for body in (held, widget("b")):
        await api.post(shop, json=body)
    terminating = (await api.delete("/api/v1/namespaces/shop")).json()
    late = await api.post(shop, json=widget("c"))
    left = (await api.get(shop)).json()["items"]
    await merge(api, f"{shop}/a", {"metadata": {"finalizers": None}})
    assert terminating["status"]["phase"] == "Terminating"
    assert late.status_code == 403
    assert [found["metadata"]["name"] for found in left] == ["a"]
    assert (await api.get("/api/v1/namespaces/shop")).status_code == 404


async def test_a_crd_takes_its_objects_with_it(api: httpx.AsyncClient, widget_crd: dict[str, Any]) -> None:
    await create(api, widget())
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    await api.delete(f"{crds}/widgets.shop.example.com")
    gone = await api.get(WIDGETS)
    await api.post(crds, json=widget_crd)
    assert (gone.status_code, gone.text) == (404, "404 page not found\n")
    assert (await api.get(WIDGETS)).json()["items"] == []


async def test_a_crd_is_established_at_once_and_unchanged_by_a_second_write(
    api: httpx.AsyncClient, widget_crd: dict[str, Any]
) -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.shop.example.com"
    made = (await api.get(path)).json()
    again = (await merge(api, path, {"spec": widget_crd["spec"]})).json()
    conditions = {condition["type"]: condition["status"] for condition in made["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert again == made


async def test_a_crd_whose_schema_cannot_be_compiled_is_refused(
    api: httpx.AsyncClient, widget_crd: dict[str, Any]
) -> None:
    widget_crd["metadata"]["name"] = "gadgets.shop.example.com"
    widget_crd["spec"]["names"] |= {"plural": "gadgets", "kind": "Gadget"}
    spec = widget_crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["note"]["pattern"] = "("
    answer = await api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json=widget_crd)
    assert answer.status_code == 422
    assert [cause["field"] for cause in answer.json()["details"]["causes"]] == [
        "spec.versions[0].schema.openAPIV3Schema"
    ]


async def test_everything_is_allowed(api: httpx.AsyncClient) -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    answer = await api.post(path, json={"spec": {"resourceAttributes": {"verb": "get"}}})
    assert (answer.status_code, answer.json()["status"]["allowed"]) == (201, True)


async def test_without_the_token_nothing_is_answered_but_health(api: httpx.AsyncClient) -> None:
    stranger = {"Authorization": "Bearer wrong"}
    codes = [
        (await api.get(path, headers=stranger)).status_code
        for path in ("/api/v1/namespaces", "/_sim/requests", "/version", "/healthz", "/readyz", "/livez")
    ]
    assert codes == [401, 401, 401, 200, 200, 200]


async def test_the_kubeconfig_is_for_its_owner_only(server: EmbeddedKubernetes) -> None:
    assert stat.S_IMODE(server.kubeconfig.stat().st_mode) == 0o600
