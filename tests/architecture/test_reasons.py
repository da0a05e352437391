"""The page of conditions knows every reason that the code gives, and no other."""

import re

from support.reasons import ROOT, WORD, code, given_reasons, words

PAGE = ROOT / "docs" / "reference" / "conditions.md"


def documented() -> set[str]:
    return set(re.findall(rf"`({WORD.pattern})`", PAGE.read_text(encoding="utf-8")))


def test_every_reason_that_is_given_is_on_the_page() -> None:
    given = given_reasons()

    assert {"ProfileNotFound", "PaletteUnreachable", "Updating", "Unhealthy"} <= given
    assert sorted(given - documented()) == []


def test_the_page_names_nothing_that_the_code_does_not_know() -> None:
    known = {word for node in code() for word in words(node)}

    assert sorted(documented() - known) == []
