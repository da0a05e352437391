"""The pods of the operator and of the Job: as restricted as Kubernetes knows, until a value says otherwise."""

from __future__ import annotations

import pytest

from support.chart import Body, of_kind, rendered, the
from support.chart_values import NAME_SERVICE, OPENSHIFT, VALUE_SETS, Values

WITHOUT_USER: Body = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
POD: Body = WITHOUT_USER | {"runAsUser": 65532, "runAsGroup": 65532}
CONTAINER: Body = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


def pods(values: Values) -> list[Body]:
    """Return what the Deployment and the Job say of their pods."""
    objects = rendered(values)
    return [body["spec"]["template"]["spec"] for kind in ("Deployment", "Job") for body in of_kind(objects, kind)]


@pytest.mark.parametrize("values", VALUE_SETS.values(), ids=VALUE_SETS)
def test_every_pod_is_as_restricted_asks_and_writes_nowhere_but_where_told(values: Values) -> None:
    for pod in pods(values):
        (only,) = pod["containers"]

        assert pod["securityContext"] == (WITHOUT_USER if "podSecurityContext" in values else POD)
        assert only["securityContext"] == CONTAINER


def test_who_runs_it_may_be_left_to_openshift() -> None:
    """Its `restricted-v2` gives each namespace a range of users, and refuses any other."""
    operator, job = pods(OPENSHIFT)

    assert operator["securityContext"] == job["securityContext"] == WITHOUT_USER


def test_a_part_of_a_security_context_is_changed_and_the_rest_of_it_stays() -> None:
    values: Values = {
        "podSecurityContext": {
            "runAsUser": 1000,
            "seccompProfile": {"type": "Localhost", "localhostProfile": "x.json"},
        },
        "containerSecurityContext": {"readOnlyRootFilesystem": None, "capabilities": {"drop": ["NET_RAW"]}},
    }
    for pod in pods(values):
        assert pod["securityContext"] == {**POD, **values["podSecurityContext"]}
        assert pod["containers"][0]["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["NET_RAW"]},
        }


def test_without_a_security_context_there_is_none() -> None:
    for pod in pods({"podSecurityContext": None, "containerSecurityContext": None}):
        assert "securityContext" not in pod
        assert "securityContext" not in pod["containers"][0]


def test_both_look_names_up_as_they_are_told() -> None:
    for pod in pods(NAME_SERVICE):
        assert {field: pod[field] for field in NAME_SERVICE} == NAME_SERVICE


def test_annotations_of_the_deployment_are_not_those_of_its_pods() -> None:
    values = VALUE_SETS["names and labels of one's own"]
    deployment = the(rendered(values), "Deployment", "palette")

    assert deployment["metadata"]["annotations"] == values["deploymentAnnotations"]
    assert deployment["spec"]["template"]["metadata"]["annotations"]["example.com/note"] == "kept"
    assert (
        not deployment["spec"]["template"]["metadata"]["annotations"].items() & values["deploymentAnnotations"].items()
    )
