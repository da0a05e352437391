"""Which device is found by its name and tags: one that is nobody's, never a guess."""

from dataclasses import dataclass, field

import pytest

from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.marks import OWNER_LABEL
from palette_operator.domain.matching import choose_device
from palette_operator.domain.observed import HostRow
from palette_operator.domain.resources import HostMatch
from support.builders import key
from support.rows import host_row

SITE_42 = HostMatch(tags={"site": "42"})
TILL = HostMatch(name="till-1", tags={"site": "42"})
IN_42 = host_row("d1", name="till-1", labels={"site": "42", "by": "installer"})
ALSO_42 = host_row("d2", name="till-2", labels={"site": "42"})
IN_43 = host_row("d3", name="till-1", labels={"site": "43"})
MARKED = host_row("d4", name="till-1", labels={"site": "42", OWNER_LABEL: "someone"})
OTHER = key("edge-9", "EdgeHost")


@dataclass(frozen=True)
class Case:
    match: HostMatch
    rows: list[HostRow]
    want: str | None = None
    stalled: str = ""
    says: str = ""
    held: dict[HostUid, ObjectKey] = field(default_factory=dict)
    observing: bool = False


CASES = {
    "the one device with the tag is found": Case(SITE_42, [IN_42, IN_43], want="d1"),
    "name and tags must both be right": Case(TILL, [IN_42, ALSO_42, IN_43], want="d1"),
    "a name alone finds": Case(HostMatch(name="till-2"), [IN_42, ALSO_42], want="d2"),
    "a tag without value finds what Palette stores for it": Case(
        HostMatch(tags={"spare": ""}), [host_row("d5", labels={"spare": "spectro__tag"})], want="d5"
    ),
    "a tag with another value does not find": Case(HostMatch(tags={"site": ""}), [IN_42]),
    "no device is found in an empty project": Case(SITE_42, []),
    "no device is found where none matches": Case(SITE_42, [IN_43]),
    "of two none is guessed": Case(SITE_42, [ALSO_42, IN_42], stalled="AmbiguousMatch", says="d1, d2"),
    "of many the first few are named": Case(
        SITE_42,
        [host_row(f"d{n}", labels={"site": "42"}) for n in range(9)],
        stalled="AmbiguousMatch",
        says="d0, d1, d2, d3, d4, and more",
    ),
    "what another resource holds is passed over": Case(
        SITE_42, [IN_42, ALSO_42], held={HostUid("d1"): OTHER}, want="d2"
    ),
    "what carries a mark is passed over": Case(SITE_42, [MARKED, ALSO_42], want="d2"),
    "when another resource holds all, it is named": Case(
        SITE_42, [IN_42], held={HostUid("d1"): OTHER}, stalled="OwnedByAnother", says="d1 of EdgeHost retail/edge-9"
    ),
    "a mark alone does not tell whose it is": Case(
        SITE_42, [MARKED], stalled="OwnedByAnother", says="d4 of another resource"
    ),
    "an observer finds what others have": Case(SITE_42, [MARKED], want="d4", observing=True),
    "an observer does not guess either": Case(
        SITE_42, [MARKED, IN_42], observing=True, stalled="AmbiguousMatch", says="d1, d4"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_device(case: Case) -> None:
    if case.stalled:
        with pytest.raises(Stalled) as caught:
            choose_device(case.match, case.rows, case.held, observing=case.observing)
        assert caught.value.reason == case.stalled
        assert case.says in caught.value.message
    else:
        found = choose_device(case.match, case.rows, case.held, observing=case.observing)
        assert (found.uid if found else None) == case.want
