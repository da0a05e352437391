"""Whole exchanges with Palette, and what the published specification says against them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import TypeAlias

from support.contract.specification import Operation, Specification

Query: TypeAlias = list[tuple[str, str]]

_CREDENTIALS = frozenset({"apikey", "authorization"})
# What HTTP itself puts into a request.
_PLAIN_HEADERS = frozenset(
    {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "user-agent",
        "content-length",
        "content-type",
        "transfer-encoding",
    }
)
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as it came in, and the reply as it went out. Header names are in lower case."""

    method: str
    path: str
    """As sent, still escaped."""
    query: Query
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int = 0
    reply_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    reply: bytes = field(default=b"", repr=False)

    @property
    def is_clients(self) -> bool:
        """Whether the operator's client sent it."""
        return self.headers.get("user-agent", "").startswith("palette-operator/")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the specification does not allow."""

    version: str
    call: str
    """Method and path, as the specification writes it."""
    part: str
    """`request` or `reply`."""
    text: str

    def __str__(self) -> str:
        return f"{self.version}: {self.part} of {self.call}: {self.text}"


def request_problems(specification: Specification, exchange: Exchange) -> Iterator[Problem]:
    """Tell what is wrong with a request; one whose path or method is not declared is wrong as a whole."""
    operation = specification.called(exchange.method, exchange.path)
    if operation is None:
        call = f"{exchange.method} {exchange.path}"
        yield Problem(specification.version, call, "request", "there is no such operation")
        return
    for text in (
        *operation.wrong_names(exchange.path),
        *operation.wrong_query(exchange.query),
        *_wrong_headers(operation, exchange),
        *(_wrong_form(operation, exchange) if operation.takes_forms else operation.wrong_body(exchange.body)),
    ):
        yield _problem(operation, "request", text)


def reply_problems(specification: Specification, exchange: Exchange) -> Iterator[Problem]:
    """Tell what is wrong with a reply to a declared operation."""
    operation = specification.called(exchange.method, exchange.path)
    if operation is None:
        return
    declared = operation.responses.get(str(exchange.status))
    if declared is None:
        yield _problem(operation, "reply", f"status {exchange.status} is not declared")
        declared = {"schema": {"$ref": "#/definitions/v1Error"}} if exchange.status >= 400 else {}
    for text in (*_wrong_reply(specification, declared, exchange), *_wrong_reply_headers(declared, exchange)):
        yield _problem(operation, "reply", text)


def _wrong_headers(operation: Operation, exchange: Exchange) -> Iterator[str]:
    declared = {name.lower() for name in operation.parameters("header")}
    known = declared | _PLAIN_HEADERS | _CREDENTIALS
    yield from (f"header {name} is not declared" for name in exchange.headers if name not in known)
    if operation.needs_credential and len(_CREDENTIALS & exchange.headers.keys()) != 1:
        yield "it carries no credential, or two"
    if exchange.body and exchange.headers.get("content-type") != _JSON and not operation.takes_forms:
        yield "its body is not declared as JSON"


def _wrong_form(operation: Operation, exchange: Exchange) -> Iterator[str]:
    """Tell what is wrong with the parts of a form, as Python's own reader of MIME sees them."""
    head = f"Content-Type: {exchange.headers.get('content-type', '')}\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head.encode() + exchange.body)
    if message.get_content_type() != "multipart/form-data" or message.defects:
        yield "it is no form"
        return
    declared = operation.parameters("formData")
    sent = [str(part.get_param("name", header="content-disposition")) for part in message.iter_parts()]
    yield from (f"part {name} is not declared" for name in sent if name not in declared)
    yield from (
        f"part {name} is missing" for name, part in declared.items() if part.get("required") and name not in sent
    )


def _wrong_reply(
    specification: Specification, declared: Mapping[str, dict[str, object]], exchange: Exchange
) -> Iterator[str]:
    schema = declared.get("schema")
    if schema is None:
        yield from ["a body is not declared"] if exchange.reply else []
        return
    try:
        body = json.loads(exchange.reply)
    except ValueError:
        yield "its body is not JSON"
        return
    yield from specification.invalid(schema, body)


def _wrong_reply_headers(declared: Mapping[str, dict[str, object]], exchange: Exchange) -> Iterator[str]:
    known = {name.lower() for name in declared.get("headers", {})}
    plain = {"content-type", "content-length", "date", "server", "retry-after"}
    yield from (f"header {name} is not declared" for name in exchange.reply_headers if name not in known | plain)


def _problem(operation: Operation, part: str, text: str) -> Problem:
    return Problem(operation.specification.version, f"{operation.method} {operation.template}", part, text)
