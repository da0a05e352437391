"""Which project of Palette a name, a uid, or the word for tenant scope stands for."""

from __future__ import annotations

from contextlib import aclosing

from palette_operator.domain.errors import Stalled
from palette_operator.domain.observed import Project
from palette_operator.domain.resources import TENANT_SCOPE
from palette_operator.palette.client import TENANT, PaletteClient


async def default_project(client: PaletteClient, wanted: str) -> Project | None:
    """Return the project that a connection's spec names; None for tenant scope, once the credential proved fit for it.

    Raises Stalled when there is no such project, or when the credential may not list the tenant.
    """
    if wanted != TENANT_SCOPE:
        return await find_project(client, wanted)
    await _prove_tenant(client)
    return None


async def find_project(client: PaletteClient, wanted: str) -> Project:
    """Return the project with this name or uid; raises Stalled when the key sees none, or several of the name."""
    found = await client.projects_named(wanted)
    fitting = [project for project in found if project.uid == wanted] or found
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise Stalled("ProjectAmbiguous", f"{len(fitting)} projects are named {wanted!r}; give the uid instead")
    raise Stalled(
        "ProjectNotFound", f"project {wanted!r} does not exist, or the API key may not see it; correct the project"
    )


async def _prove_tenant(client: PaletteClient) -> None:
    """List one page of the tenant's clusters; raises Stalled("Forbidden") when that is not allowed."""
    try:
        async with aclosing(client.cluster_pages(TENANT)) as pages:
            await anext(pages)
    except Stalled as refusal:
        if refusal.reason != "Forbidden":
            raise
        raise Stalled(
            "Forbidden",
            f"spec.project is {TENANT_SCOPE!r}, and the credential may not list the whole tenant: name a project "
            "there, or use the credential of a tenant administrator",
            answer=refusal.answer,
        ) from refusal
