"""The values of profile variables that Secrets hold."""

from __future__ import annotations

from palette_operator.domain.resources import PaletteCluster
from palette_operator.kube.secrets import Secrets


async def variable_secrets(secrets: Secrets, resource: PaletteCluster) -> dict[tuple[str, str], str]:
    """Return the values of all Secrets that the variables name, by name and key; raises Waiting for a missing one."""
    wanted = {
        (v.value_from.secret_key_ref.name, v.value_from.secret_key_ref.key)
        for profile in resource.spec.profiles
        for v in profile.variables
        if v.value_from is not None
    }
    return await secrets.values(resource.metadata.namespace, wanted)
