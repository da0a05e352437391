"""Every way in which a CRD in the cluster may differ from this version's."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from palette_operator.cli.crd import custom_resource_definition
from palette_operator.cli.doctor.checks.definitions import definition
from palette_operator.cli.doctor.findings import Verdict
from palette_operator.domain.errors import Stalled
from palette_operator.domain.resources import KINDS, PALETTE_CONNECTION

Body = dict[str, Any]


def installed() -> Body:
    body = copy.deepcopy(custom_resource_definition(PALETTE_CONNECTION))
    body["status"] = {"conditions": [{"type": "Established", "status": "True"}]}
    return body


def schema(body: Body) -> Body:
    return dict(body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"])


def drop(body: Body, field: str) -> None:
    del body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"][field]


def add(body: Body, field: str) -> None:
    spec = body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"][field] = {"type": "string"}


def swap(body: Body, old: str, new: str) -> None:
    drop(body, old)
    add(body, new)


CHANGES: dict[str, tuple[Callable[[Body], object], Verdict, str]] = {
    "the same": (lambda _: None, Verdict.OK, "is current"),
    "other descriptions": (
        lambda body: schema(body)["endpoint"].update(description="else"),
        Verdict.OK,
        "is current",
    ),
    "required fields in another order": (
        lambda body: body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"][
            "required"
        ].reverse(),
        Verdict.OK,
        "is current",
    ),
    "a field less": (lambda body: drop(body, "proxy"), Verdict.FAILURE, "older than this version: it lacks spec.proxy"),
    "a field more": (lambda body: add(body, "novel"), Verdict.WARNING, "newer than this version: it has spec.novel"),
    "a field less and one more": (
        lambda body: swap(body, "proxy", "novel"),
        Verdict.FAILURE,
        "of another version: it lacks spec.proxy; it has spec.novel",
    ),
    "a field of a list's items less": (
        lambda body: schema(body)["rateLimit"]["properties"]["overrides"]["items"]["properties"].pop("prefix"),
        Verdict.FAILURE,
        "it lacks spec.rateLimit.overrides[].prefix",
    ),
    "another limit": (
        lambda body: schema(body)["proxy"].update(maxLength=1),
        Verdict.WARNING,
        "changed by hand: spec.proxy differ",
    ),
    "another column": (
        lambda body: body["spec"]["versions"][0]["additionalPrinterColumns"].pop(),
        Verdict.WARNING,
        "the columns differ",
    ),
    "a version that is not served": (
        lambda body: body["spec"]["versions"][0].update(served=False),
        Verdict.FAILURE,
        "does not serve v1alpha1",
    ),
    "no status subresource": (
        lambda body: body["spec"]["versions"][0].pop("subresources"),
        Verdict.FAILURE,
        "does not serve v1alpha1",
    ),
    "another scope": (lambda body: body["spec"].update(scope="Namespaced"), Verdict.FAILURE, "does not serve v1alpha1"),
    "names that are taken": (lambda body: body.pop("status"), Verdict.FAILURE, "installed but not served"),
}


@pytest.mark.parametrize(("change", "verdict", "words"), CHANGES.values(), ids=CHANGES)
def test_a_definition_is_compared(change: Callable[[Body], object], verdict: Verdict, words: str) -> None:
    body = installed()
    change(body)

    found = definition(PALETTE_CONNECTION, body)

    assert found.verdict is verdict
    assert words in found.message


def test_one_that_is_not_installed_is_a_failure() -> None:
    found = definition(PALETTE_CONNECTION, None)

    assert found.verdict is Verdict.FAILURE
    assert "palette-operator crds apply" in found.remedy


def test_one_that_may_not_be_read_is_skipped() -> None:
    assert definition(PALETTE_CONNECTION, Stalled("KubernetesForbidden", "no")).verdict is Verdict.SKIPPED


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.kind))
def test_what_is_generated_is_current(kind: Any) -> None:  # noqa: ANN401 - any kind
    body = copy.deepcopy(custom_resource_definition(kind))
    body["status"] = {"conditions": [{"type": "Established", "status": "True"}]}

    assert definition(kind, body).verdict is Verdict.OK
