"""The Job that brings the definitions up to date, before anything else of an install or upgrade."""

from __future__ import annotations

import pytest
import typer
from typer.core import TyperGroup

from palette_operator.cli.main import app
from support.chart import Body, of_kind, rendered, the
from support.chart_values import VALUE_SETS, Values

_HOOK, _WEIGHT = "helm.sh/hook", "helm.sh/hook-weight"


def hooks(values: Values) -> list[Body]:
    """Return the objects that Helm makes as hooks, in the order in which it does."""
    objects = [body for body in rendered(values) if _HOOK in body["metadata"].get("annotations", {})]
    return sorted(objects, key=lambda body: int(body["metadata"]["annotations"][_WEIGHT]))


@pytest.mark.parametrize("values", VALUE_SETS.values(), ids=VALUE_SETS)
def test_all_of_it_is_there_before_an_install_and_before_an_upgrade_and_gone_afterwards(values: Values) -> None:
    """Helm passes over definitions that are there already, in an install too."""
    for body in hooks(values):
        assert body["metadata"]["annotations"][_HOOK] == "pre-install,pre-upgrade"
        policy = body["metadata"]["annotations"]["helm.sh/hook-delete-policy"]
        assert policy == "before-hook-creation,hook-succeeded"


def test_it_runs_a_command_that_there_is_and_applies_as_helm_does() -> None:
    """To Helm 4, a field of the definitions that another manager has is a conflict at the next install."""
    (job,) = of_kind(rendered(), "Job")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    group, command, *options = container["args"]
    crds = typer.main.get_command(app)
    assert isinstance(crds, TyperGroup)
    commands = crds.commands[group]
    assert isinstance(commands, TyperGroup)

    assert commands.commands[command].make_context(command, options).params == {"field_manager": "helm"}


def test_its_account_and_rights_come_before_the_job() -> None:
    *before, job = hooks({})

    assert job["kind"] == "Job"
    assert {body["kind"] for body in before} == {"ServiceAccount", "ClusterRole", "ClusterRoleBinding"}
    assert int(before[-1]["metadata"]["annotations"][_WEIGHT]) < int(job["metadata"]["annotations"][_WEIGHT])


@pytest.mark.parametrize("name", ["a network policy", "a narrow network policy"])
def test_where_a_network_is_closed_the_job_reaches_dns_and_the_api_server_from_the_first_install_on(name: str) -> None:
    *before, job = hooks(VALUE_SETS[name])
    (policy,) = of_kind(before, "NetworkPolicy")
    operators = the(rendered(VALUE_SETS[name]), "NetworkPolicy")["spec"]["egress"]

    selector = policy["spec"]["podSelector"]["matchLabels"]
    assert selector.items() <= job["spec"]["template"]["metadata"]["labels"].items()
    assert "ingress" not in policy["spec"], "nobody asks it anything"
    dns, api_server, *extra = policy["spec"]["egress"]
    assert policy["spec"]["egress"] == operators[: 2 + len(extra)]
    assert {port["port"] for port in dns["ports"]} == {53}
    assert 6443 in {port["port"] for port in api_server["ports"]}
    assert extra == VALUE_SETS[name]["networkPolicy"].get("extraEgress", [])


def test_it_runs_where_the_operator_may_run() -> None:
    values = VALUE_SETS["a chosen place"]
    job, deployment = (of_kind(rendered(values), kind)[0]["spec"]["template"]["spec"] for kind in ("Job", "Deployment"))

    for place in ("nodeSelector", "affinity", "tolerations", "priorityClassName"):
        assert job[place] == deployment[place] == values[place]


def test_its_pod_has_no_sidecar_which_would_keep_it_from_ending() -> None:
    (job,) = of_kind(rendered(), "Job")
    metadata = job["spec"]["template"]["metadata"]

    assert metadata["labels"]["sidecar.istio.io/inject"] == "false"
    assert metadata["annotations"] == {"linkerd.io/inject": "disabled"}


def test_its_pod_has_labels_and_annotations_of_its_own() -> None:
    (job,) = of_kind(rendered(VALUE_SETS["names and labels of one's own"]), "Job")
    metadata = job["spec"]["template"]["metadata"]

    assert metadata["annotations"] == {"example.com/mesh": "none"}
    assert (metadata["labels"]["team"], metadata["labels"]["tier"]) == ("edge", "job")
    assert "sidecar.istio.io/inject" not in metadata["labels"], "null takes it away"


def test_who_brings_the_definitions_otherwise_has_no_hook() -> None:
    assert hooks(VALUE_SETS["definitions brought by others"]) == []
    assert of_kind(rendered(VALUE_SETS["definitions brought by others"]), "Job") == []
