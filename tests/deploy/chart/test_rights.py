"""The roles of the chart grant what the operator's table of rights says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from palette_operator.cli.crds import definitions
from palette_operator.cli.people import EDIT, VIEW
from palette_operator.kube.rights import RIGHTS, Needed, Right, Where
from support.chart import NAMESPACE, Body, of_kind, rendered, the

Granted = set[tuple[str, str, tuple[str, ...], str]]
"""API group, resource, the names that it is about (none means all), and verb."""

ALL_VALUES = {"localEndpointCidrs": ["10.10.0.0/16"], "rbac": {"kubeconfigSecrets": True}}


def granted(roles: Iterable[Body]) -> Granted:
    rules = [rule for role in roles for rule in role["rules"]]
    return {
        (group, resource, tuple(rule.get("resourceNames", ())), verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def needed(*places: Where, by: Iterable[Needed] = Needed) -> Granted:
    return {
        (right.group, right.resource, right.names, verb)
        for right in RIGHTS
        if right.where in places and right.needed in by
        for verb in right.verbs
    }


def bound(objects: list[Body], kind: str, namespace: str | None) -> list[Body]:
    """Return the roles of a namespace that the operator's ServiceAccount has."""
    subject = {"kind": "ServiceAccount", "name": "palette-operator", "namespace": NAMESPACE}
    names = {
        binding["roleRef"]["name"]
        for binding in of_kind(objects, f"{kind}Binding")
        if subject in binding["subjects"] and binding["metadata"].get("namespace") == namespace
    }
    return [
        role
        for role in of_kind(objects, kind)
        if role["metadata"]["name"] in names and role["metadata"].get("namespace") == namespace
    ]


NEEDS: dict[str, tuple[Body, set[Needed]]] = {
    "what every operator needs": ({}, {Needed.ALWAYS}),
    "with hosts that are reached directly": (
        {"localEndpointCidrs": ["10.10.0.0/16"]},
        {Needed.ALWAYS, Needed.LOCAL_HOSTS},
    ),
    "with kubeconfigs that are handed out": (
        {"rbac": {"kubeconfigSecrets": True}},
        {Needed.ALWAYS, Needed.KUBECONFIGS},
    ),
    "with all of it": (ALL_VALUES, set(Needed)),
}


@pytest.mark.parametrize(("values", "by"), NEEDS.values(), ids=NEEDS)
def test_cluster_wide_it_may_do_what_the_table_says(values: Body, by: set[Needed]) -> None:
    objects = rendered(values)

    assert granted(bound(objects, "ClusterRole", None)) == needed(Where.CLUSTER, Where.WATCHED, by=by)
    assert granted(bound(objects, "Role", NAMESPACE)) == needed(Where.OWN_NAMESPACE, by=by)
    assert needed(Where.DEFAULT_NAMESPACE) <= granted(bound(objects, "ClusterRole", None))


@pytest.mark.parametrize(("values", "by"), NEEDS.values(), ids=NEEDS)
def test_told_which_namespaces_it_may_touch_resources_and_secrets_in_these_alone(values: Body, by: set[Needed]) -> None:
    objects = rendered({**values, "watchNamespaces": ["retail", "labs"]})

    assert granted(bound(objects, "ClusterRole", None)) == needed(Where.CLUSTER, by=by)
    assert granted(bound(objects, "Role", NAMESPACE)) == needed(Where.OWN_NAMESPACE, by=by)
    assert granted(bound(objects, "Role", "default")) == needed(Where.DEFAULT_NAMESPACE, by=by)
    for namespace in ("retail", "labs"):
        assert granted(bound(objects, "Role", namespace)) == needed(Where.WATCHED, by=by)


def test_it_may_watch_its_own_namespace_and_default_too() -> None:
    objects = rendered({"watchNamespaces": [NAMESPACE, "default"]})

    assert granted(bound(objects, "Role", NAMESPACE)) >= needed(Where.OWN_NAMESPACE, Where.WATCHED, by={Needed.ALWAYS})
    names = [(role["metadata"]["namespace"], role["metadata"]["name"]) for role in of_kind(objects, "Role")]
    assert len(names) == len(set(names)) == 4


@pytest.mark.parametrize("values", [{}, {"watchNamespaces": ["retail"]}], ids=["cluster-wide", "namespaced"])
def test_it_neither_lists_nor_watches_secrets_and_no_rule_has_a_wildcard(values: Body) -> None:
    roles = [body for body in rendered(ALL_VALUES | values) if body["kind"] in {"Role", "ClusterRole"}]
    verbs = {verb for _, resource, _, verb in granted(roles) if resource == "secrets"}

    assert verbs == {"get", "create", "update", "delete"}
    assert not [right for right in granted(roles) if "*" in right]


def roles_added_to(objects: list[Body], role: str) -> list[Body]:
    """Return the roles that the API server adds to one that every cluster has."""
    label = f"rbac.authorization.k8s.io/aggregate-to-{role}"
    return [body for body in of_kind(objects, "ClusterRole") if body["metadata"]["labels"].get(label) == "true"]


def of_people(rights: Iterable[Right]) -> Granted:
    return {(right.group, right.resource, right.names, verb) for right in rights for verb in right.verbs}


def test_whoever_may_view_or_edit_a_namespace_may_so_with_our_resources_there() -> None:
    objects = rendered()
    viewing, editing = of_people(VIEW), of_people(EDIT)

    assert granted(roles_added_to(objects, "view")) == viewing
    assert granted(roles_added_to(objects, "edit")) == granted(roles_added_to(objects, "admin")) == viewing | editing
    assert {verb for _, _, _, verb in viewing} == {"get", "list", "watch"}
    assert {verb for _, _, _, verb in editing} == {"create", "update", "patch", "delete"}


@pytest.mark.parametrize("role", ["view", "edit", "admin"])
def test_nobody_gets_to_change_a_connection_or_a_status(role: str) -> None:
    """Who writes a connection decides where credentials are sent; a status is the operator's word."""
    rights = granted(roles_added_to(rendered(), role))

    assert {verb for _, resource, _, verb in rights if resource == "paletteconnections"} == {"get", "list", "watch"}
    assert {resource for _, resource, _, _ in rights} == {"paletteconnections", "paletteclusters", "edgehosts"}


def test_the_clusters_own_roles_can_be_left_as_they_are() -> None:
    objects = rendered({"rbac": {"aggregateClusterRoles": False}})

    assert [role for name in ("view", "edit", "admin") for role in roles_added_to(objects, name)] == []


def test_what_people_may_is_not_what_the_operator_may() -> None:
    objects = rendered()
    names = {role["metadata"]["name"] for role in roles_added_to(objects, "edit")}

    assert names == {"palette-operator-view", "palette-operator-edit"}
    assert not names & {role["metadata"]["name"] for role in bound(objects, "ClusterRole", None)}


def test_without_rbac_there_are_no_roles_but_that_of_the_upgrades_job() -> None:
    roles = [body for body in rendered({"rbac": {"create": False}}) if "Role" in body["kind"]]

    assert {role["metadata"]["name"] for role in roles} == {"palette-operator-crds"}


def test_the_upgrades_job_may_read_and_apply_our_definitions_alone() -> None:
    (role,) = [role for role in of_kind(rendered(), "ClusterRole") if role["metadata"]["name"].endswith("-crds")]
    names = tuple(sorted(definition["metadata"]["name"] for definition in definitions()))

    assert granted([role]) == {
        ("apiextensions.k8s.io", "customresourcedefinitions", names, verb) for verb in ("get", "create", "patch")
    }


def test_an_existing_service_account_is_bound() -> None:
    objects = rendered({"serviceAccount": {"create": False, "name": "robot"}})

    ours = [body for body in objects if not body["metadata"]["name"].endswith("-crds")]
    assert of_kind(ours, "ServiceAccount") == []
    assert {subject["name"] for body in ours for subject in body.get("subjects", ())} == {"robot"}
    assert the(objects, "Deployment")["spec"]["template"]["spec"]["serviceAccountName"] == "robot"
