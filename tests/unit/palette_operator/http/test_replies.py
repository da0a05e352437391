"""What an error body explains, whoever wrote it."""

import pytest

from palette_operator.domain.errors import Answer
from palette_operator.http.replies import (
    LARGEST_EXPLANATION,
    LONGEST_MESSAGE,
    LONGEST_RETRY_AFTER_S,
    Reply,
    answer_words,
    cleaned,
    read_answer,
    retry_after_s,
)

EXPLANATIONS = {
    "code, message and ref": (
        b'{"code": "Busy", "message": "not now.", "ref": "r1"}',
        Answer(400, "Busy", "not now.", "r1"),
        "400 Busy: not now",
    ),
    "a code by number, as a router's": (
        b'{"code": 404, "message": "no path"}',
        Answer(400, "404", "no path", "", code_is_numeric=True),
        "400: no path",
    ),
    "a number written as text": (b'{"code": "404"}', Answer(400, "404", "", "", code_is_numeric=True), "400"),
    "a message alone": (b'{"message": "no"}', Answer(400, "", "no", ""), "400: no"),
    "a page": (b"<html>", Answer(400, "", "", ""), "400"),
    "nothing": (b"", Answer(400, "", "", ""), "400"),
    "a list": (b"[1]", Answer(400, "", "", ""), "400"),
    "more than anybody explains": (b'"' + b"x" * LARGEST_EXPLANATION + b'"', Answer(400, "", "", ""), "400"),
}


@pytest.mark.parametrize(("content", "answer", "words"), EXPLANATIONS.values(), ids=EXPLANATIONS)
def test_an_error_body_is_read_as_far_as_it_explains(content: bytes, answer: Answer, words: str) -> None:
    read = read_answer(Reply(400, {}, content), ())

    assert read == answer
    assert answer_words(read) == words


@pytest.mark.parametrize(("text_explains", "message"), [(True, "disk is full"), (False, "")])
def test_a_text_explains_where_it_is_known_to(text_explains: bool, message: str) -> None:
    assert read_answer(Reply(500, {}, b'"disk is full"'), (), text_explains=text_explains).message == message


def test_a_text_is_made_fit_for_a_line() -> None:
    assert cleaned("one\r\n\ttwo\x00 secret", ["secret"]) == "one two ***"
    assert len(cleaned("x" * 1_000, ())) == LONGEST_MESSAGE


PAUSES = {
    "7": 7.0,
    "0": 0.0,
    "1e9": LONGEST_RETRY_AFTER_S,
    "-1": None,
    "inf": None,
    "NaN": None,
    "soon": None,
    "": None,
}


@pytest.mark.parametrize(("header", "pause_s"), PAUSES.items(), ids=PAUSES)
def test_a_pause_is_read_in_seconds_within_reason(header: str, pause_s: float | None) -> None:
    assert retry_after_s(Reply(429, {"retry-after": header}, b"")) == pause_s
