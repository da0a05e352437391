"""The host itself: configuration, user data, power, uploads, links, and what it can reach."""

from __future__ import annotations

from collections.abc import Mapping

from palette_operator.domain.local import (
    ConfigurationStatus,
    HostConfiguration,
    LinkStatus,
    LinkToken,
    UploadedContent,
)
from palette_operator.edge import operations
from palette_operator.edge.endpoints.base import Endpoints
from palette_operator.edge.multipart import Form, Upload
from palette_operator.edge.operations import Operation
from palette_operator.edge.wire.content import UploadAnswer, Uploaded
from palette_operator.edge.wire.hosts import (
    Configuration,
    ConfigurationState,
    Link,
    PingResult,
    RouteResult,
    TokenOfLink,
    configuration_body,
    link_body,
)
from palette_operator.http.secrets import texts_in


class HostEndpoints(Endpoints):
    """Calls about the host. Each may be repeated, unless it says otherwise."""

    async def configuration(self) -> HostConfiguration:
        """Read proxies and authorities."""
        call = self._call("reading the configuration", operations.GET_CONFIGURATION)
        return (await self._read(call, Configuration)).configuration()

    async def set_configuration(self, configuration: HostConfiguration) -> None:
        """Set all proxies and authorities; what is empty is taken away. `configuration_status` follows it."""
        body = configuration_body(configuration)
        secrets = (configuration.http_proxy, configuration.https_proxy)
        await self._send(
            self._call("setting the configuration", operations.SET_CONFIGURATION, body=body, secrets=secrets)
        )

    async def configuration_status(self) -> ConfigurationStatus:
        """Tell how far the configuration has come."""
        call = self._call("reading the configuration's status", operations.GET_CONFIGURATION_STATUS)
        return (await self._read(call, ConfigurationState)).status()

    async def set_user_data(self, body: Mapping[str, object]) -> None:
        """Set user data, a v1CloudInit; it counts from the next installation of the host on."""
        secrets = tuple(texts_in(body))
        await self._send(self._call("setting user data", operations.SET_USER_DATA, body=body, secrets=secrets))

    async def reboot(self) -> None:
        """Reboot the host. Not to be repeated."""
        await self._send(self._call("rebooting the host", operations.REBOOT))

    async def reset(self) -> None:
        """Reset the host to how it was installed: what it holds is lost. Not to be repeated."""
        await self._send(self._call("resetting the host", operations.RESET))

    async def shutdown(self) -> None:
        """Shut the host down: it takes a person to start it again. Not to be repeated."""
        await self._send(self._call("shutting the host down", operations.SHUT_DOWN))

    async def upload_content(self, upload: Upload) -> str:
        """Bring content onto the host, and return its path there. Not to be repeated without looking."""
        return await self._upload(f"uploading {upload.file_name}", operations.UPLOAD_CONTENT, upload)

    async def upload_cluster_config(self, upload: Upload) -> str:
        """Bring a cluster definition onto the host, and return its path there. Not to be repeated without looking."""
        doing = f"uploading the cluster definition {upload.file_name}"
        return await self._upload(doing, operations.UPLOAD_CLUSTER_CONFIG, upload)

    async def uploaded_content(self) -> UploadedContent | None:
        """Tell what was uploaded last; None when nothing was."""
        call = self._call("reading what was uploaded", operations.GET_UPLOADED_CONTENT)
        uploaded = await self._read_or_none(call, Uploaded)
        return None if uploaded is None else uploaded.uploaded()

    async def link_status(self) -> LinkStatus | None:
        """Tell which hosts it is linked with; None when it was never linked."""
        link = await self._read_or_none(self._call("reading its links", operations.GET_LINK_STATUS), Link)
        return None if link is None else link.link()

    async def link_token(self) -> LinkToken:
        """Make a token with which another host can be linked. Not to be repeated: each has a life of its own."""
        call = self._call("making a link token", operations.CREATE_LINK_TOKEN)
        return (await self._read(call, TokenOfLink)).link_token()

    async def link(self, token: LinkToken) -> LinkStatus:
        """Link the host with the one that made the token. Not to be repeated without looking."""
        body, secrets = link_body(token), (token.token,)
        call = self._call("linking the host", operations.LINK, body=body, secrets=secrets)
        return (await self._read(call, Link)).link()

    async def unlink(self, peer_uid: str) -> None:
        """End the link with another host. Not to be repeated without looking."""
        await self._send(self._call(f"unlinking {peer_uid}", operations.UNLINK, query={"peerId": peer_uid}))

    async def ping(self, endpoint: str) -> str:
        """Let the host ping an endpoint, and return what it says of it."""
        call = self._call(f"pinging {endpoint}", operations.PING, query={"endpoint": endpoint})
        return (await self._read(call, PingResult)).ping_host_status

    async def traceroute(self, endpoint: str) -> str:
        """Let the host trace the route to an endpoint, and return what it says of it."""
        call = self._call(f"tracing the route to {endpoint}", operations.TRACE_ROUTE, query={"endpoint": endpoint})
        return (await self._read(call, RouteResult)).trace_route_status

    async def _upload(self, doing: str, operation: Operation, upload: Upload) -> str:
        call = self._call(doing, operation, form=Form(upload), secrets=upload.secrets)
        return (await self._read(call, UploadAnswer)).upload_path
