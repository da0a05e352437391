"""The way to Palette: TLS, proxy, timeouts and connections. Nothing here knows what is asked."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

import httpx

from palette_operator import __version__
from palette_operator.domain.errors import Stalled
from palette_operator.http.network import NoCookies, forget_location

CONNECT_S = 5.0
READ_S = 30.0
"""Between two parts of an answer."""
WRITE_S = 30.0
POOL_S = 5.0
"""For a free connection; see MAX_CONNECTIONS for why none should ever be waited for."""
KEEP_ALIVE_S = 55.0
"""Under the minute after which load balancers commonly drop an idle connection: ours ends first, so that no request is
lost on a connection that is being closed."""
TRUST = "spec.tls of the connection"
SLOW_ANSWER_S = 2.0
MAX_CONNECTIONS = 280
"""As many as are under way when every limit that is used is used up and each answer takes SLOW_ANSWER_S: about 130
requests a second. With fewer, requests that hold their permit would wait for a connection, and then leave together."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where Palette is and how to get there."""

    url: str
    proxy: str = field(default="", repr=False)
    """May hold a password."""
    ca_pem: str = ""
    """PEM certificates to trust instead of the system's; "" for the system's."""
    insecure: bool = False
    """Accept any certificate."""


def http_client(
    endpoint: Endpoint, network: httpx.AsyncBaseTransport | None = None, *, replica: str = ""
) -> httpx.AsyncClient:
    """Return a client for `endpoint`; raises Stalled("InvalidSpec") for an endpoint, proxy or CA that cannot be one.

    Its User-Agent names the replica, if there is one. `network` is for tests.
    """
    agent = f"palette-operator/{__version__}{f' ({replica})' if replica else ''}"
    verification = _verification(endpoint)
    try:
        return httpx.AsyncClient(
            base_url=endpoint.url,
            verify=verification,
            proxy=_proxy(endpoint, verification),
            transport=network,
            trust_env=False,
            follow_redirects=False,
            cookies=NoCookies(),
            event_hooks={"response": [forget_location]},
            timeout=httpx.Timeout(connect=CONNECT_S, read=READ_S, write=WRITE_S, pool=POOL_S),
            limits=httpx.Limits(
                max_connections=MAX_CONNECTIONS,
                max_keepalive_connections=MAX_CONNECTIONS,
                keepalive_expiry=KEEP_ALIVE_S,
            ),
            headers={"User-Agent": agent, "Accept": "application/json"},
        )
    except (httpx.InvalidURL, ValueError):
        # The cause is left out: a proxy's address may hold a password.
        raise Stalled("InvalidSpec", "the connection's endpoint or proxy is no http or https address") from None


def _proxy(endpoint: Endpoint, verification: ssl.SSLContext) -> httpx.Proxy | None:
    if not endpoint.proxy:
        return None
    is_tls = endpoint.proxy.lower().startswith("https:")
    return httpx.Proxy(endpoint.proxy, ssl_context=verification if is_tls else None)


def _verification(endpoint: Endpoint) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=endpoint.ca_pem or None)
    except (ssl.SSLError, ValueError):
        raise Stalled("InvalidSpec", "the connection's CA holds no certificates in PEM") from None
    if endpoint.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
