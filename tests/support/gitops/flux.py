"""Flux's health expressions, evaluated as its controllers do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import celpy
import yaml
from celpy.adapter import json_to_cel

from support.gitops.kstatus import Status

EXPRESSIONS = Path(__file__).parents[3] / "deploy" / "flux" / "health-exprs.yaml"
# In this order, and the first that holds counts. Source: Flux RFC-0009.
_VERDICTS: tuple[tuple[str, Status], ...] = (("inProgress", "InProgress"), ("failed", "Failed"), ("current", "Current"))


class Flux:
    """The `healthCheckExprs` of a Kustomization: that of our file, unless another is given."""

    def __init__(self, kustomization: Mapping[str, Any] | None = None) -> None:
        environment = celpy.Environment()
        given = kustomization or yaml.safe_load(EXPRESSIONS.read_text(encoding="utf-8"))
        checks = given["spec"]["healthCheckExprs"]
        self._programs = {
            (check["apiVersion"], check["kind"]): [
                (environment.program(environment.compile(check[name])), verdict) for name, verdict in _VERDICTS
            ]
            for check in checks
        }

    def status(self, body: Mapping[str, Any]) -> Status:
        """Return what Flux makes of a resource; a generation that was not observed is in progress before all else."""
        observed, generation = body["status"].get("observedGeneration"), body["metadata"].get("generation")
        if observed is not None and generation is not None and observed != generation:
            return "InProgress"
        seen = {name: json_to_cel(body[name]) for name in ("metadata", "spec", "status") if name in body}
        for program, verdict in self._programs[body["apiVersion"], body["kind"]]:
            if bool(program.evaluate(seen)):
                return verdict
        return "InProgress"
