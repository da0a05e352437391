"""The dashboard as Grafana takes it: judged by Grafana's own types, and by what makes it at home anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

from support.prometheus.dashboard import load, panels

DASHBOARD = load()
PANELS = list(panels(DASHBOARD))


def _lost(written: Any, kept: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield where what was written is not what was kept; what was kept beyond that is a default."""
    if isinstance(written, dict) and isinstance(kept, dict):
        for key, value in written.items():
            yield from _lost(value, kept[key], f"{path}/{key}") if key in kept else [f"{path}/{key}"]
    elif isinstance(written, list) and isinstance(kept, list) and len(written) == len(kept):
        for number, (mine, theirs) in enumerate(zip(written, kept, strict=True)):
            yield from _lost(mine, theirs, f"{path}/{number}")
    elif written != kept:
        yield f"{path}: {written!r} became {kept!r}"


def test_grafanas_own_types_know_every_field_of_it() -> None:
    register_default_plugins()
    read = Dashboard.from_json(DASHBOARD)

    assert list(_lost(DASHBOARD, json.loads(JSONEncoder().encode(read)))) == []


def test_it_is_bound_to_no_data_source_and_whoever_imports_it_chooses_one() -> None:
    sources = [found for found in _members(DASHBOARD) if "type" in found and "uid" in found and "panels" not in found]

    assert len(sources) > len(PANELS)
    assert {(source["type"], source["uid"]) for source in sources} == {("prometheus", "${datasource}")}
    variables = [variable["name"] for variable in DASHBOARD["templating"]["list"]]
    assert variables == ["datasource", "cluster", "namespace", "job"]


def _members(written: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON
    if isinstance(written, dict):
        yield written
        written = list(written.values())
    if isinstance(written, list):
        for member in written:
            yield from _members(member)


def test_every_panel_has_a_title_of_its_own_a_description_and_a_unit() -> None:
    titles = [panel["title"] for panel in PANELS]

    assert len(titles) == len(set(titles))
    for panel in PANELS:
        assert panel["description"].endswith((".", "?"))
        assert panel["fieldConfig"]["defaults"]["unit"] in vars(units).values()
        assert panel["targets"]


def test_panels_lie_beside_and_below_each_other_on_the_screen() -> None:
    placed = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    taken = [
        (x, y) for at in placed for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]

    assert len(taken) == len(set(taken))
    assert {x for x, _ in taken} == set(range(24))
    assert all((at["y"], at["x"]) < (then["y"], then["x"]) for at, then in pairwise(placed))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(placed)
