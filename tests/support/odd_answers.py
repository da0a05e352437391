"""Answers that no sane server gives, and those of sane ones, damaged."""

from __future__ import annotations

import json
import random
import re
from typing import Any, TypeAlias

from hypothesis import strategies as st

from palette_sim.common.mangling import mangle

Answer: TypeAlias = tuple[int, dict[str, str], bytes]

STATUSES = st.sampled_from(
    [200] * 10
    + [
        201,
        202,
        203,
        204,
        206,
        207,
        299,
        300,
        301,
        302,
        304,
        307,
        400,
        401,
        402,
        403,
        404,
        405,
        407,
        408,
        409,
        410,
        418,
    ]
    + [422, 423, 425, 429, 451, 500, 501, 502, 503, 504, 507, 599, 999]
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Retry-After": st.sampled_from(["NaN", "inf", "1e308", "-1", "7", "", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"]),
        "Location": st.sampled_from(["", "/", "http://[", "http://xn--a/", "https://elsewhere.test/"]),
        "Content-Type": st.sampled_from(["text/html", "application/json; charset=klingon", "?"]),
        "Content-Encoding": st.sampled_from(["gzip", "rot13", ""]),
        "Set-Cookie": st.sampled_from(["a=b", ";;=", "a=b; expires=never"]),
        "Sunset": st.sampled_from(["soon", "", "Mon, 01 Jan 99999 00:00:00 GMT"]),
        "Deprecation": st.sampled_from(["true", "@x", "@99999999999999999999"]),
        "Link": st.sampled_from(["<<>>", '<x>; rel="sunset"']),
        "Warning": st.sampled_from(["299", '299 - "deprecated"', "\x7f"]),
    },
)


def answers(bodies: list[Any]) -> st.SearchStrategy[list[Answer]]:
    """Return a few answers with bodies at random, and with these ones whole and damaged."""
    fields = sorted(set(re.findall(r'"(\w+)":', json.dumps(bodies))))
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("0001-01-01T00:00:00Z"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(fields), inner, max_size=6),
        max_leaves=20,
    )
    contents = st.one_of(
        st.binary(max_size=60),
        values.map(lambda value: json.dumps(value).encode()),
        st.sampled_from(bodies).map(lambda body: json.dumps(body).encode()),
        st.tuples(st.sampled_from(bodies), st.integers(0, 2**32)).map(
            lambda pick: mangle(json.dumps(pick[0]).encode(), random.Random(pick[1]))
        ),
    )
    return st.lists(st.tuples(STATUSES, HEADERS, contents), min_size=1, max_size=4)


EXTREMES: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \n\t ",
    "more than is read": b"[" + b" " * 2**21 + b"]",
    "nested without end": b'{"items":' * 100_000,
    "a list nested deep, and whole": b"[" * 5_000 + b"]" * 5_000,
    "a number of many digits": b'{"listmeta": {"count": ' + b"9" * 10_000 + b"}}",
    "no number": b'{"metadata": {"uid": NaN, "labels": {"a": Infinity}}, "items": [NaN]}',
    "no text": b'{"metadata": {"uid": "\xff\xfe"}}',
    "half a character": b'{"metadata": {"uid": "\\ud800"}, "code": "\\ud800", "message": "\\udfff"}',
    "another encoding": '{"uid": "c1"}'.encode("utf-16"),
    "a mark before it": b'\xef\xbb\xbf{"uid": "c1"}',
    "two answers": b'{"uid": "c1"}{"uid": "c2"}',
    "the same key twice": b'{"items": [], "items": {}, "uid": "", "uid": []}',
    "control characters": b'{"code": "A\\u0000\\u001b[31m", "message": "\\r\\n\\u2028x"}',
    "an error of another kind": b'{"error": {"code": 7, "message": "planted-key-1"}}',
    "a text": b'"Too many"',
    "a page": b"<!doctype html><title>Sign in</title>",
    "times that are none": b'{"metadata": {"creationTimestamp": "9999-12-31T23:59:59-14:00", "uid": "c1"}}',
}
