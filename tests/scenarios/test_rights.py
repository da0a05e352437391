"""The operator may do what is documented and nothing else, as a genuine API server sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from palette_operator.kube.rights import Needed
from support.scenarios import manifests
from support.scenarios.accounts import Account
from support.scenarios.commands import doctor
from support.scenarios.control_plane import ControlPlane
from support.scenarios.kubectl import Kubectl

_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rights.md"

Rules = Mapping[tuple[str, str], frozenset[str]]
"""Verbs by resource and names."""


def documented(heading: str, place: str) -> Rules:
    """Return what the page says of a place, from the table below a heading."""
    _, _, below = _PAGE.read_text(encoding="utf-8").partition(f"### {heading}\n")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in below.lstrip().split("\n\n")[0].splitlines()
    ]
    column = rows[0].index(place)
    words = [[re.findall(r"`([^`]+)`", row[index]) for index in (0, 1, column)] for row in rows[2:]]
    return {(resource, " ".join(names)): frozenset(verbs) for (resource, *_), names, verbs in words if verbs}


def listed(printed: str) -> Rules:
    """Return what `kubectl auth can-i --list` printed, the rows about paths on the server left out."""
    rows = [re.fullmatch(r"(\S+)\s+\[\]\s+\[(.*)\]\s+\[(.*)\]", line) for line in printed.splitlines()]
    found: dict[tuple[str, str], frozenset[str]] = {}
    for row in filter(None, rows):
        resource, names, verbs = row.groups()
        found[resource, names] = found.get((resource, names), frozenset()) | frozenset(verbs.split())
    return found


@pytest.mark.parametrize("form", ["Where all namespaces are watched", "Where some are (`watchNamespaces`)"])
async def test_what_the_api_server_lists_is_what_is_documented(
    control_plane: ControlPlane, tmp_path: Path, form: str
) -> None:
    if not control_plane.is_genuine:
        pytest.skip("the embedded API server has no RBAC")
    own, watched, other = (control_plane.unique(prefix) for prefix in ("own", "watched", "other"))
    for name in (own, watched, other):
        await control_plane.kubernetes.apply(manifests.namespace(name))
    account = Account(own, (watched,) if "some" in form else (), frozenset(Needed))
    await account.grant(control_plane.kubernetes)

    async def can_i(user: str, namespace: str) -> Rules:
        kubectl = Kubectl(control_plane.kubeconfig, namespace, tmp_path)
        return listed(await kubectl("auth", "can-i", "--list", "--no-headers", "--as", user))

    places = {"own namespace": own, "any other": other}
    if account.watched:
        places |= {"watched": watched, "`default`": "default"}
    for place, namespace in places.items():
        everybody = await can_i(f"system:serviceaccount:{other}:somebody", namespace)
        may = await can_i(account.user, namespace)
        assert everybody, "what every user may is left out below"
        assert {rule: verbs for rule, verbs in may.items() if rule not in everybody} == documented(form, place)
    watching = [word for name in account.watched for word in ("--watch-namespace", name)]
    _, printed, _ = await doctor(control_plane, own, "--json", "--as", account.user, *watching)
    found = [finding for section in json.loads(printed)["sections"] for finding in section["findings"]]
    assert [each["verdict"] for each in found if each["check"] == "rbac"] == ["ok"], "the doctor asks for no more"
