"""What of its rights the operator used, and what it was denied: judged from audit logs, for one run of scenarios."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from palette_operator.kube.rights import RIGHTS, Right, Where
from palette_sim.controlplane.credentials import PERSON
from support.scenarios.accounts import Account
from support.scenarios.audit import Request

_FOR_EVERYBODY = "authorization.k8s.io"
"""The group of access reviews about oneself, which every user may ask for."""

NEVER_USED: Mapping[str, str] = {}
"""Verbs that are granted and that no scenario uses, each with the reason."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One verb of a right: what is granted, and what must be used."""

    where: Where
    group: str
    resource: str
    verb: str
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name it as the list of exceptions does."""
        named = f" {'/'.join(self.names)}" if self.names else ""
        return f"{self.verb} {self.resource}{named} [{self.where.value}]"

    def covers(self, request: Request, account: Account) -> bool:
        """Whether a request of this account is what the grant is for."""
        places = {Where.OWN_NAMESPACE: account.namespace, Where.DEFAULT_NAMESPACE: "default"}
        return (
            (self.verb, self.group, self.resource) == (request.verb, request.group, request.resource)
            and (not self.names or request.name in self.names)
            and places.get(self.where, request.namespace) == request.namespace
        )


def grants(rights: Iterable[Right] = RIGHTS) -> list[Grant]:
    """Return every verb that is granted, those of the narrowest places first."""
    narrowness = [Where.OWN_NAMESPACE, Where.DEFAULT_NAMESPACE, Where.CLUSTER, Where.WATCHED]
    every = {
        Grant(right.where, right.group, right.resource, verb, right.names): None
        for right in rights
        for verb in right.verbs
    }
    return sorted(every, key=lambda grant: narrowness.index(grant.where))


@dataclass(slots=True)
class Ledger:
    """What came of the audit logs; those of several processes add up."""

    used: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    """By grant, by the form of the roles: in which scenarios."""
    wrong: list[str] = field(default_factory=list)
    """Requests that were denied, or allowed by something else than the operator's table of rights."""
    idle: list[str] = field(default_factory=list)
    """ServiceAccounts of operators that asked for nothing: their operators went another way."""

    def add(self, accounts: Mapping[str, Account], requested: Iterable[Request], scenarios: Scenarios) -> None:
        """Judge what the operators of one control plane, and the person, asked for."""
        by_user = {account.user: account for account in accounts.values()}
        silent, granted = set(by_user), grants()
        for request in requested:
            account = by_user.get(request.user)
            silent.discard(request.user)
            if account is None and request.user != PERSON:
                continue
            scenario = scenarios.at(request.received_at)
            if not request.allowed:
                self.wrong.append(f"denied in {scenario}: {request}")
            elif account is not None and request.group != _FOR_EVERYBODY:
                self._use(
                    next((grant for grant in granted if grant.covers(request, account)), None),
                    request,
                    account,
                    scenario,
                )
        self.idle += sorted(silent)

    def _use(self, grant: Grant | None, request: Request, account: Account, scenario: str) -> None:
        if grant is None:
            self.wrong.append(f"allowed by no right of the operator's in {scenario}: {request}")
        else:
            self.used[str(grant)][account.form].add(scenario)

    def unused(self) -> list[str]:
        """Return what is granted and was not used, exceptions left out; and exceptions that are none."""
        known = [str(grant) for grant in grants()]
        never = [
            f"granted and never used: {each}" for each in known if each not in self.used and each not in NEVER_USED
        ]
        stale = [
            f"used, or not granted, so no exception: {each}"
            for each in NEVER_USED
            if each in self.used or each not in known
        ]
        return never + stale

    def dump(self) -> dict[str, Any]:
        """Return all as plain data."""
        used = {grant: {form: sorted(names) for form, names in forms.items()} for grant, forms in self.used.items()}
        return {"used": used, "wrong": self.wrong, "idle": self.idle}

    def merge(self, dumped: Mapping[str, Any]) -> None:
        """Add what another process dumped."""
        for grant, forms in dumped["used"].items():
            for form, names in forms.items():
                self.used[grant][form].update(names)
        self.wrong += dumped["wrong"]
        self.idle += dumped["idle"]

    def table(self) -> str:
        """Return a table in Markdown: which scenarios used each verb."""
        rows = [f"| {' | '.join(row)} |" for row in self._rows()]
        return "\n".join(["| granted | roles | scenarios | such as |", "|---|---|---|---|", *rows]) + "\n"

    def _rows(self) -> Iterator[tuple[str, str, str, str]]:
        for grant in map(str, grants()):
            if grant in NEVER_USED:
                yield grant, "", "0", f"none: {NEVER_USED[grant]}"
            for form, names in sorted(self.used.get(grant, {}).items()):
                yield grant, form, str(len(names)), min(names)


@dataclass(slots=True)
class Scenarios:
    """When which scenario ran."""

    _began: list[float] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)

    def begin(self, name: str, at: float) -> None:
        """Say that a scenario begins, and the one before has ended."""
        self._began.append(at)
        self._names.append(name)

    def at(self, moment: float) -> str:
        """Return the scenario in whose time a moment was."""
        index = bisect(self._began, moment) - 1
        return self._names[index] if index >= 0 else "no scenario"
