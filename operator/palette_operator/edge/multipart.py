"""Uploads as multipart/form-data, streamed: an archive of many gigabytes is never held in memory. Pure but for reading.

httpx writes forms too, but reads its files between two awaits, and holds the event loop while it does.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from palette_operator.domain.errors import Stalled

Open: TypeAlias = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be brought onto a host."""

    file_name: str
    read: Open = field(repr=False)
    """Yields the file from its start, piece by piece, each time that it is called; may raise ReconcileError."""
    most_bytes: int
    """More than that is not sent: the upload ends with an error."""
    signature: bytes = field(default=b"", repr=False)
    """Of the file, for hosts that take signed content alone."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Parts of it that may not appear in a message, should the host repeat them."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form with one file. Source: Edge Management OpenAPI, `uploadFile` and `signature`."""

    upload: Upload
    boundary: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def content_type(self) -> str:
        """The header that goes with `chunks`."""
        return f"multipart/form-data; boundary={self.boundary}"

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body; raises Stalled("UploadTooLarge") when the file goes on for longer than it may."""
        yield self._part("uploadFile", self.upload.file_name)
        sent = 0
        async for chunk in self.upload.read():
            sent += len(chunk)
            if sent > self.upload.most_bytes:
                message = f"{self.upload.file_name} is larger than the {self.upload.most_bytes} bytes that are allowed"
                raise Stalled("UploadTooLarge", message)
            yield chunk
        if self.upload.signature:
            yield b"\r\n" + self._part("signature", f"{self.upload.file_name}.sig") + self.upload.signature
        yield f"\r\n--{self.boundary}--\r\n".encode()

    def _part(self, name: str, file_name: str) -> bytes:
        quoted = file_name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'Content-Disposition: form-data; name="{name}"; filename="{quoted}"'
        return f"--{self.boundary}\r\n{head}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()
