"""Fields that are newer than this operator: ignored, so that an upgrade in either order stalls nothing, and logged."""

from __future__ import annotations

import logging

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.resources import EdgeHost, PaletteCluster

logger = logging.getLogger(__name__)


def note_unknown_fields(key: ObjectKey, resource: PaletteCluster | EdgeHost) -> None:
    """Log the fields that were ignored, once for each change of the spec."""
    if resource.unknown_fields and resource.status.observed_generation != resource.metadata.generation:
        logger.warning(
            "%s: fields that this version does not know are ignored: %s", key, ", ".join(resource.unknown_fields)
        )
