"""What may stand in a query, by endpoint, and how one that may not is refused.

Source: Palette OpenAPI 4.9, which 4.8 agrees with.
"""

from collections.abc import Callable, Iterable, Mapping

from palette_sim.common.errors import invalid
from palette_sim.palette.paging import MAX_PAGE

Accepts = Callable[[str], bool]


def one_of(*values: str) -> Accepts:
    """Accept these values."""
    return lambda text: text in values


def any_text(_: str) -> bool:
    """Accept everything."""
    return True


def page_size(text: str) -> bool:
    """Accept what may be asked for on one page. Source: Palette docs, "Pagination"."""
    return text.isdecimal() and int(text) <= MAX_PAGE


FLAG = one_of("true", "false")
NUMBER = str.isdecimal

_PAGED: dict[str, Accepts] = {"limit": page_size, "offset": NUMBER, "continue": any_text}
_LOGIN: dict[str, Accepts] = {"setCookie": FLAG}
_HOST_TYPE: dict[str, Accepts] = {"type": one_of("edge-native", "vsphere")}
_CLUSTER: dict[str, Accepts] = {
    "includeTags": any_text,
    "resolvePackValues": FLAG,
    "includePackMeta": any_text,
    "profileType": any_text,
    "includeNonSpectroLabels": FLAG,
}
_PROFILE: dict[str, Accepts] = {
    "includePackMeta": any_text,
    "resourceType": one_of("spectrocluster", "clustertemplate"),
    "includePackAnnotations": FLAG,
}

QUERIES: dict[tuple[str, str], dict[str, Accepts]] = {
    ("POST", "/v1/auth/authenticate"): _LOGIN,
    ("GET", "/v1/auth/refresh/{token}"): _LOGIN,
    ("GET", "/v1/dashboard/projects/metadata"): {"name": any_text},
    ("GET", "/v1/projects"): {**_PAGED, "limit": NUMBER, "fields": any_text, "filters": any_text, "orderBy": any_text},
    ("POST", "/v1/dashboard/clusterprofiles"): _PAGED,
    ("GET", "/v1/clusterprofiles/{uid}"): _PROFILE,
    ("GET", "/v1/edgehosts"): _HOST_TYPE,
    ("GET", "/v1/edgehosts/metadata"): {**_HOST_TYPE, "quickFilter": one_of("unusedEdgeHosts")},
    ("GET", "/v1/edgehosts/{uid}"): {"resolvePackValues": FLAG},
    ("GET", "/v1/spectroclusters/validate/name"): {"name": any_text},
    ("GET", "/v1/spectroclusters/{uid}"): _CLUSTER,
    ("DELETE", "/v1/spectroclusters/{uid}"): {"forceDelete": FLAG},
    ("GET", "/v1/spectroclusters/{uid}/profiles"): {"includePackMeta": any_text},
    ("PATCH", "/v1/spectroclusters/{uid}/profiles"): {"resolveNotification": FLAG},
    ("PUT", "/v1/spectroclusters/{uid}/profiles"): {"resolveNotification": FLAG},
    ("GET", "/v1/events/components/{objectKind}/{objectUid}"): {
        **_PAGED,
        "limit": NUMBER,
        "fields": any_text,
        "filters": any_text,
        "orderBy": any_text,
    },
    ("POST", "/v1/dashboard/spectroclusters/search"): _PAGED,
    ("POST", "/v1/dashboard/edgehosts/search"): _PAGED,
}
"""Endpoints that are not here take no query."""


def check_query(known: Mapping[str, Accepts], query: Iterable[tuple[str, str]]) -> None:
    """Raise ApiError 400 for a parameter that is not known, comes twice, or has a value that it cannot have."""
    seen: set[str] = set()
    for name, value in query:
        if name not in known:
            raise invalid(f"{name} in query is not known")
        if name in seen:
            raise invalid(f"{name} in query is given twice")
        if value and not known[name](value):
            raise invalid(f"{name} in query is invalid")
        seen.add(name)
