"""Which addresses `EdgeHost.spec.local` may name: those that an admin allows, but for the Services of this cluster."""

from __future__ import annotations

import logging
from typing import Protocol

from palette_operator.domain.errors import ReconcileError
from palette_operator.edge.ranges import AllowedRanges
from palette_operator.settings import Settings

logger = logging.getLogger(__name__)


class ServiceRanges(Protocol):
    """Knows where the management cluster's Services are."""

    async def service_ranges(self) -> tuple[str, ...]:
        """Return their ranges in CIDR notation; raises a ReconcileError when they cannot be told."""


async def allowed_ranges(settings: Settings, api: ServiceRanges) -> AllowedRanges:
    """Return the ranges in which hosts may be reached. Asks nothing where `spec.local` is off.

    What the API server does not tell of Services an admin can say; it is no reason not to start.
    """
    refused = settings.service_cidrs
    if settings.local_endpoint_cidrs and not refused:
        refused = await _asked(api)
    return AllowedRanges.of(settings.local_endpoint_cidrs, refused, loopback=settings.local_loopback)


async def _asked(api: ServiceRanges) -> tuple[str, ...]:
    try:
        return await api.service_ranges()
    except ReconcileError as error:
        logger.warning(
            "%s; if a network of --local-endpoint-cidr holds the addresses of Services, name these with --service-cidr",
            error.message,
        )
        return ()
