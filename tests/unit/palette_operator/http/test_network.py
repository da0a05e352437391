"""Which step failed on the way to a server, in words that hold no address, port or time."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl

import httpx
import pytest

from palette_operator.http.network import no_answer


def because(cause: BaseException) -> httpx.ConnectError:
    """Return the error as httpx raises it, some layers above its cause."""
    middle = OSError("All connection attempts failed")
    middle.__cause__ = cause
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = middle
    return error


STEPS: dict[str, tuple[Exception, str]] = {
    "nobody listens": (because(ConnectionRefusedError("10.4.2.21")), "the connection is refused"),
    "nobody listens at any address": (
        because(ExceptionGroup("all", [ConnectionRefusedError("::1"), ConnectionRefusedError("127.0.0.1")])),
        "the connection is refused",
    ),
    "the name is unknown": (because(socket.gaierror(-2, "edge.example")), "the name cannot be resolved"),
    "no TLS is spoken": (because(ssl.SSLError(1, "WRONG_VERSION_NUMBER")), "the TLS handshake fails"),
    "the network is away": (because(OSError(errno.ENETUNREACH, "10.4.2.21")), "there is no route"),
    "the host is away": (because(OSError(errno.EHOSTUNREACH, "10.4.2.21")), "there is no route"),
    "it takes too long": (httpx.ConnectTimeout("10.4.2.21"), "nothing answers"),
}


@pytest.mark.parametrize(("error", "step"), STEPS.values(), ids=STEPS)
def test_the_step_that_failed_is_named(error: Exception, step: str) -> None:
    answer = no_answer(error, 1.0, trust="spec.tls")

    assert answer.why == f"cannot connect: {step}"
    assert answer.passes


def test_a_cause_that_says_nothing_is_not_guessed_at() -> None:
    assert no_answer(because(OSError(errno.EIO, "odd")), 1.0, trust="spec.tls").why == "cannot connect"


def test_a_certificate_that_is_found_wanting_does_not_pass_by_itself() -> None:
    answer = no_answer(because(ssl.SSLCertVerificationError("self-signed")), 1.0, trust="spec.tls")

    assert answer.why == "its certificate cannot be verified; see spec.tls"
    assert not answer.passes


async def test_a_port_that_nobody_listens_on_is_told_as_refused() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()

    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError) as caught:
            await client.get(f"https://127.0.0.1:{port}")

    assert no_answer(caught.value, 0.0, trust="").why == "cannot connect: the connection is refused"


async def test_a_server_without_tls_is_told_as_a_failed_handshake() -> None:
    async def speak_plainly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(speak_plainly, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with httpx.AsyncClient(trust_env=False) as client:
            with pytest.raises(httpx.ConnectError) as caught:
                await client.get(f"https://127.0.0.1:{port}")

    assert no_answer(caught.value, 0.0, trust="").why == "cannot connect: the TLS handshake fails"
