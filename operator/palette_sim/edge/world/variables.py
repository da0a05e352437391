"""Values of profile variables, judged by what the profiles say of them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from palette_sim.edge.bodies.clusters import Variable
from palette_sim.edge.seed import ProfileSeed, VariableSeed


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one variable; `reason` is empty when it is valid, and never repeats the value."""

    name: str
    profile_name: str
    profile_uid: str
    regex: str
    reason: str


def given_values(variables: Iterable[Variable]) -> dict[tuple[str, str], str]:
    """Return values by profile uid and name."""
    return {(each.profile_uid or "", each.name or ""): each.value or "" for each in variables}


def judge(profiles: Iterable[ProfileSeed], values: Mapping[tuple[str, str], str]) -> Iterator[Verdict]:
    """Judge every variable of the profiles, and every value that none of them asks for."""
    known = {(profile.uid, variable.name) for profile in profiles for variable in profile.variables}
    for profile in profiles:
        for variable in profile.variables:
            value = values.get((profile.uid, variable.name), variable.default_value)
            yield Verdict(variable.name, profile.name, profile.uid, variable.regex, _reason(variable, value))
    for uid, name in values:
        if (uid, name) not in known:
            yield Verdict(name, "", uid, "", "the profile has no such variable")


def _reason(variable: VariableSeed, value: str) -> str:
    if not value:
        return "a value is required" if variable.required else ""
    if variable.regex and not re.search(variable.regex, value):
        return f"the value does not match {variable.regex}"
    if variable.options and value not in variable.options:
        return "the value is none of the options"
    return ""
