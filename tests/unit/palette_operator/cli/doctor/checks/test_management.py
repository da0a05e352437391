from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from palette_operator.cli.doctor.checks import management
from palette_operator.cli.doctor.findings import Verdict
from palette_operator.cli.doctor.observations import Management, Resources, Review
from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.kube.rights import RIGHTS, Where

NOW = datetime(2026, 3, 1, tzinfo=UTC)
REFUSED = Stalled("KubernetesForbidden", "not allowed")
PLACES = {Where.OWN_NAMESPACE: "ops", Where.DEFAULT_NAMESPACE: "default"}
ALL = [Review(right, verb, PLACES.get(right.where, ""), True) for right in RIGHTS for verb in right.verbs]
LOOK = Management("https://k", "v1.36.0", "ops", "you", False, {}, (), ALL, [], [], [], Resources())
ITSELF = replace(LOOK, speaks_for_operator=True, subject="op")


def denied(*resources: str, namespace: str = "") -> Sequence[Review]:
    """Return the reviews where some resources are refused, of those that are watched in a namespace."""
    place = {Where.WATCHED: namespace}
    return [
        replace(each, namespace=place.get(each.right.where, each.namespace), granted=False)
        if each.right.resource in resources
        else each
        for each in ALL
    ]


RIGHTS_CASES: dict[str, tuple[Management, Verdict, str, str]] = {
    "a person who may do all is told how to ask for the operator": (
        LOOK,
        Verdict.OK,
        "--as system:serviceaccount:ops:palette-operator",
        "",
    ),
    "the operator itself may do all": (
        ITSELF,
        Verdict.OK,
        "op may do all",
        "",
    ),
    "a person who may not says nothing of the operator": (
        replace(LOOK, rights=denied("events")),
        Verdict.WARNING,
        "you may not create/patch events, create/patch events in namespace default; of the operator nothing is known",
        "--as",
    ),
    "the operator may not report": (
        replace(ITSELF, rights=denied("edgehosts", "edgehosts/status")),
        Verdict.FAILURE,
        "may not list/watch/patch edgehosts, patch edgehosts/status",
        "grant it in the operator's ClusterRole: follow the resources; set and remove the own finalizer; report on the",
    ),
    "the operator of one namespace may not report there": (
        replace(ITSELF, watched=("retail",), rights=denied("edgehosts/status", namespace="retail")),
        Verdict.FAILURE,
        "op may not patch edgehosts/status in namespace retail",
        "grant it in the operator's Role in namespace retail: report on the resources",
    ),
    "the operator of one namespace may not follow connections, which belong to none": (
        replace(ITSELF, watched=("retail",), rights=denied("paletteconnections")),
        Verdict.FAILURE,
        "op may not list/watch/patch paletteconnections",
        "grant it in the operator's ClusterRole:",
    ),
    "the operator may not everywhere, which it may not need": (
        replace(ITSELF, watched=None, rights=denied("edgehosts", "edgehosts/status")),
        Verdict.WARNING,
        "which namespaces it watches is not known, so all were asked for",
        "name them with --watch-namespace",
    ),
    "the operator may not what it needs wherever it watches": (
        replace(ITSELF, watched=None, rights=denied("edgehosts", "paletteconnections/status")),
        Verdict.FAILURE,
        "patch paletteconnections/status",
        "grant it in the operator's ClusterRole: report on the resources; name the namespaces with --watch-namespace",
    ),
    "a right in the own namespace is named with it": (
        replace(LOOK, rights=[replace(each, granted=each.namespace != "ops") for each in ALL]),
        Verdict.WARNING,
        "create secrets in namespace ops",
        "",
    ),
    "a review that is refused": (
        replace(LOOK, rights=[replace(ALL[0], granted=REFUSED), *ALL[1:]]),
        Verdict.SKIPPED,
        "cannot be reviewed for you; not allowed",
        "",
    ),
}


@pytest.mark.parametrize(("look", "verdict", "words", "remedy"), RIGHTS_CASES.values(), ids=RIGHTS_CASES)
def test_rights(look: Management, verdict: Verdict, words: str, remedy: str) -> None:
    found = management.rights(look)

    assert found.verdict is verdict
    assert words in found.message
    assert remedy in found.remedy


def deployment(
    name: str = "palette-operator",
    ready: int = 1,
    image: str = "r.example/palette-operator:1",
    **more: Any,  # noqa: ANN401 - YAML
) -> dict[str, Any]:
    container = {"image": image, "env": [{"name": "PALETTE_OPERATOR_ID", "value": "emea"}], **more}
    return {
        "metadata": {"name": name},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [container]}}},
        "status": {"readyReplicas": ready},
    }


DEPLOYMENTS: dict[str, tuple[list[dict[str, Any]] | ReconcileError, list[Verdict], str]] = {
    "one that runs": ([deployment()], [Verdict.OK], "operator id emea, watches all namespaces, 1 of 1 ready"),
    "one that watches some namespaces": (
        [deployment(args=["run", "--watch-namespace=retail", "--watch-namespace", "labs"])],
        [Verdict.OK],
        "operator id emea, watches retail, labs, 1 of 1 ready",
    ),
    "an operator id as an argument": (
        [deployment(env=[], args=["run", "--operator-id", "apac"])],
        [Verdict.OK],
        "operator id apac",
    ),
    "an operator id as one word": (
        [deployment(env=[], args=["run", "--operator-id=apac"])],
        [Verdict.OK],
        "operator id apac",
    ),
    "an operator id from a reference": (
        [deployment(env=[{"name": "PALETTE_OPERATOR_ID", "valueFrom": {"configMapKeyRef": {}}}])],
        [Verdict.OK],
        "operator id from a reference",
    ),
    "no operator id": ([deployment(env=[])], [Verdict.FAILURE], "sets no operator id"),
    "one that does not run": ([deployment(ready=0)], [Verdict.FAILURE], "0 of 1 ready"),
    "two of them": (
        [deployment("a"), deployment("b")],
        [Verdict.FAILURE, Verdict.FAILURE],
        "one of several of the operator",
    ),
    "something else": ([deployment(image="nginx")], [Verdict.SKIPPED], "no Deployment of it in namespace ops"),
    "none that may be read": (REFUSED, [Verdict.SKIPPED], "not allowed"),
}


@pytest.mark.parametrize(("given", "verdicts", "words"), DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_the_operator_itself(given: Any, verdicts: list[Verdict], words: str) -> None:  # noqa: ANN401 - as the table
    found = list(management.operator(given, "ops"))

    assert [each.verdict for each in found] == verdicts
    assert words in found[0].message


def lease(renewed: datetime | None, holder: str = "pod-1") -> dict[str, Any]:
    renew = renewed.isoformat() if renewed else None
    spec = {"holderIdentity": holder, "renewTime": renew, "leaseDurationSeconds": 15}
    return {"metadata": {"name": "palette-operator"}, "spec": spec}


LEASES: dict[str, tuple[list[dict[str, Any]] | ReconcileError, Verdict, str]] = {
    "none": ([], Verdict.SKIPPED, "no replica has run here"),
    "another's": ([lease(NOW) | {"metadata": {"name": "other"}}], Verdict.SKIPPED, "no Lease"),
    "one that is renewed": ([lease(NOW - timedelta(seconds=10))], Verdict.OK, "pod-1 holds Lease palette-operator"),
    "a stale one": ([lease(NOW - timedelta(seconds=16))], Verdict.WARNING, "has stopped renewing it"),
    "one that was never renewed": ([lease(None)], Verdict.WARNING, "has stopped renewing it"),
    "one that was let go": ([lease(NOW, holder="")], Verdict.WARNING, "nobody holds"),
    "none that may be read": (REFUSED, Verdict.SKIPPED, "not allowed"),
}


@pytest.mark.parametrize(("given", "verdict", "words"), LEASES.values(), ids=LEASES)
def test_the_lease(given: Any, verdict: Verdict, words: str) -> None:  # noqa: ANN401 - as the table
    found = management.lease(given, NOW)

    assert found.verdict is verdict
    assert words in found.message
