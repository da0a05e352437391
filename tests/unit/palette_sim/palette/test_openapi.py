"""The simulated Palette against the published OpenAPI specification, where it is at hand.

Set PALETTE_OPENAPI_DIR to a directory that holds `palette-openapi-4.9.json`, or keep it in `../shared/palette-api`.
"""

import json
import os
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import jsonschema_rs
import pytest

from palette_sim.palette.bodies import base, clusters, filters, hosts
from palette_sim.palette.routes import logins
from palette_sim.palette.server import ENDPOINTS
from support.palette_api import PaletteApi, serve_palette

SPEC_NAME = "palette-openapi-4.9.json"
PLACES = (os.environ.get("PALETTE_OPENAPI_DIR"), Path(__file__).parents[5] / "shared" / "palette-api")
FOUND = next((Path(place) / SPEC_NAME for place in PLACES if place and (Path(place) / SPEC_NAME).is_file()), None)

pytestmark = pytest.mark.skipif(FOUND is None, reason=f"{SPEC_NAME} is not at hand; set PALETTE_OPENAPI_DIR")


@cache
def specification() -> dict[str, Any]:
    assert FOUND is not None
    found: dict[str, Any] = json.loads(FOUND.read_text(encoding="utf-8"))
    return found


def test_every_endpoint_is_one_of_the_specification() -> None:
    known = {(method.upper(), path) for path, item in specification()["paths"].items() for method in item}

    assert set(ENDPOINTS) - known == set()


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator({**schema, "definitions": specification()["definitions"]})


def response_schema(method: str, path: str) -> dict[str, Any]:
    responses = specification()["paths"][path][method.lower()]["responses"]
    success = next(responses[code] for code in ("200", "201") if code in responses)
    schema: dict[str, Any] = success["schema"]
    return schema


READS = {
    "the ping": ("GET", "/v1/health/ping"),
    "the caller": ("GET", "/v1/users/info"),
    "a user": ("GET", "/v1/users/{uid}"),
    "API keys": ("GET", "/v1/apiKeys"),
    "a login": ("POST", "/v1/auth/authenticate"),
    "a renewed token": ("GET", "/v1/auth/refresh/{token}"),
    "project names": ("GET", "/v1/dashboard/projects/metadata"),
    "a project": ("GET", "/v1/projects/{uid}"),
    "profile names": ("GET", "/v1/dashboard/clusterprofiles/metadata"),
    "profiles": ("POST", "/v1/dashboard/clusterprofiles"),
    "a profile": ("GET", "/v1/clusterprofiles/{uid}"),
    "clusters": ("POST", "/v1/dashboard/spectroclusters/search"),
    "clusters, lighter": ("POST", "/v1/dashboard/spectroclusters/metadata/search"),
    "edge hosts": ("POST", "/v1/dashboard/edgehosts/search"),
    "edge hosts, lighter": ("GET", "/v1/edgehosts/metadata"),
    "an edge host": ("GET", "/v1/edgehosts/{uid}"),
    "a cluster": ("GET", "/v1/spectroclusters/{uid}"),
    "a cluster's state": ("GET", "/v1/spectroclusters/{uid}/status"),
    "a cluster's hand-over": ("GET", "/v1/spectroclusters/{uid}/status/spcApply"),
    "a cluster's profiles": ("GET", "/v1/spectroclusters/{uid}/profiles"),
    "a cluster's variables": ("GET", "/v1/spectroclusters/{uid}/variables"),
    "a cluster's hosts": ("GET", "/v1/spectroclusters/{uid}/edge-native/edgeHosts"),
    "a cloud config": ("GET", "/v1/cloudconfigs/edge-native/{configUid}"),
    "machines": ("GET", "/v1/cloudconfigs/edge-native/{configUid}/machinePools/{machinePoolName}/machines"),
    "a machine": (
        "GET",
        "/v1/cloudconfigs/edge-native/{configUid}/machinePools/{machinePoolName}/machines/{machineUid}",
    ),
    "a validation": ("POST", "/v1/spectroclusters/edge-native/validate"),
}


@pytest.mark.parametrize("stage", ["Provisioning", "Running", "Deleting"])
@pytest.mark.parametrize(("method", "path"), READS.values(), ids=READS)
async def test_what_is_read_has_the_shape_of_the_specification(method: str, path: str, stage: str) -> None:
    async with serve_palette() as api:
        url, body = await some_object(api, path, stage)
        reply = await api.call(method, url, body)

    assert reply.status_code == 200, reply.text
    errors = [f"{error.instance_path}: {error.message}" for error in found_errors(reply.json(), method, path)]
    assert errors == []
    assert unknown_fields(reply.json(), response_schema(method, path)) == []


def found_errors(body: object, method: str, path: str) -> Iterator[jsonschema_rs.ValidationError]:
    return validator(response_schema(method, path)).iter_errors(body)


async def some_object(api: PaletteApi, path: str, stage: str) -> tuple[str, object]:
    """Make a cluster at a stage of its life; returns the path to what is asked for, and a body."""
    infra = {"uid": api.profile_uid("edge-base", "1.4.0")}
    body = api.cluster(control=api.ready_hosts(1), profiles=[infra, api.store_apps()])
    uid = await api.create(body)
    if stage == "Provisioning":
        api.palette.advance(100)
    else:
        api.palette.people.bring_up_cluster(uid)
    if stage == "Deleting":
        await api.call("DELETE", f"/v1/spectroclusters/{uid}")
    cluster = api.palette.clusters[uid]
    user = api.palette.access.accounts.by_email("ops@example.com")
    uids = {"edgehosts": "edge-0001", "clusterprofiles": infra["uid"], "projects": api.project_uid, "users": user.uid}
    params = {
        "uid": uids.get(path.split("/")[2], uid),
        "configUid": cluster.cloud_config_uid,
        "machinePoolName": "control",
        "token": api.palette.access.tokens.issue(user.uid, api.palette.clock.now_s()),
        "machineUid": next(iter(cluster.pools["control"].machines)),
    }
    bodies = {"validate": body, "authenticate": {"emailId": user.email, "password": user.password}}
    return path.format(**params), bodies.get(path.rsplit("/", 1)[1], {})


def unknown_fields(value: object, schema: dict[str, Any], where: str = "") -> list[str]:
    """List the fields that the specification does not know."""
    if "$ref" in schema:
        schema = specification()["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, list):
        return [field for item in value for field in unknown_fields(item, schema.get("items", {}), where)]
    properties = schema.get("properties")
    if not isinstance(value, dict) or not properties:
        return []
    unknown = [f"{where}.{name}" for name in value if name not in properties]
    for name in value.keys() & properties.keys():
        unknown += unknown_fields(value[name], properties[name], f"{where}.{name}")
    return unknown


# Our classes and the definitions they stand for; `spec` of a cluster has no name of its own.
DEFINITIONS = {
    model: (model.__doc__ or "").split(".")[0].split(",")[0]
    for module in (base, hosts, clusters, filters, logins)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, base.Body) and (model.__doc__ or "").startswith("v1")
}


@pytest.mark.parametrize("model", DEFINITIONS, ids=lambda model: model.__name__)
def test_a_request_body_requires_and_allows_what_the_specification_does(model: type[base.Body]) -> None:
    definition = specification()["definitions"][DEFINITIONS[model]]
    properties = definition["properties"]

    for name, field in model.model_fields.items():
        alias = field.alias or name
        assert alias in properties, alias
        assert field.is_required() == (alias in definition.get("required", [])), alias
        assert choices(field.annotation) == enumeration(properties[alias]), alias


def choices(annotation: object) -> set[str]:
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    if get_origin(annotation) in (Union, types.UnionType, list):
        return {choice for part in get_args(annotation) for choice in choices(part)}
    return set()


def enumeration(schema: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        schema = specification()["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    if schema.get("type") == "array":
        return enumeration(schema["items"])
    return set(schema.get("enum", []))
