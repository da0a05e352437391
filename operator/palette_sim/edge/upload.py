"""Files that arrive as multipart/form-data. Source: Edge Management OpenAPI, `uploadFile` and `signature`."""

import email.policy
from dataclasses import dataclass, field
from email.parser import BytesParser

from palette_sim.common.errors import ApiError


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One file of a form."""

    name: str
    content: bytes = field(repr=False)


def read_form(content_type: str, body: bytes) -> dict[str, UploadedFile]:
    """Return the files of a form by the names of their fields; raises ApiError 500 for what is no such form."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    if message.get_content_type() != "multipart/form-data" or not message.is_multipart():
        raise ApiError(500, "InvalidUpload", "The body is no multipart/form-data.")
    files = {}
    for part in message.iter_parts():
        field_name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(field_name, str) and isinstance(content, bytes):
            files[field_name] = UploadedFile(part.get_filename() or "", content)
    return files
