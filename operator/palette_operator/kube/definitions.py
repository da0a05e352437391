"""Brings CustomResourceDefinitions to an API server, or up to date there."""

from __future__ import annotations

from enum import Enum
from typing import Any

from kubernetes.aio import client

from palette_operator.kube.errors import mapped
from palette_operator.kube.inspection import Inspection
from palette_operator.kube.objects import FIELD_MANAGER, Body

_TIMEOUT_S = 30.0
_APPLY = "application/apply-patch+yaml"


class Applied(Enum):
    """What an apply did, in kubectl's words."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"


class Definitions:
    """Applies CustomResourceDefinitions. Every call raises a ReconcileError on failure; all may be repeated."""

    def __init__(self, api: client.ApiClient, field_manager: str = FIELD_MANAGER) -> None:
        self._field_manager = field_manager
        self._inspection = Inspection(api)
        self._definitions = client.ApiextensionsV1Api(api)

    async def apply(self, definition: Body) -> Applied:
        """Make a definition on the server say what this one does, whoever wrote it before.

        `spec.versions` is an atomic list: a field that left a schema leaves the server's, too.
        Source: listType in kubernetes/apiextensions-apiserver, pkg/apis/apiextensions/v1/types.go.
        """
        name = str(definition["metadata"]["name"])
        before = await self._inspection.definition(name)
        with mapped(f"applying CustomResourceDefinition {name}"):
            after: Any = await self._definitions.patch_custom_resource_definition(
                name,
                definition,
                field_manager=self._field_manager,
                force=True,
                field_validation="Strict",
                _content_type=_APPLY,
                _request_timeout=_TIMEOUT_S,
            )
        if before is None:
            return Applied.CREATED
        was, now = before["metadata"], after.metadata
        # Not the resourceVersion: that one changes with the status, and when another manager's field becomes ours.
        same = (was.get("generation"), was.get("annotations") or {}) == (now.generation, now.annotations or {})
        return Applied.UNCHANGED if same else Applied.CONFIGURED
