"""Stands in for the `helm` command line where pages are followed: Helm's own code, from helm-python-sdk, behind it.

Only the flags and subcommands that our pages use, spelled as Helm spells them; it refuses others. What it prints is as
Helm prints it where a page is likely to show it. Run as a plain file.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import helm_python
import yaml

Values = dict[str, Any]

_SECONDS = {"h": 3600, "m": 60, "s": 1}
_WARNING = 2


def main(arguments: Sequence[str]) -> int:
    """Do what `helm ARGUMENTS` does; return its exit code."""
    given = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int | None] = given.run
    try:
        return run(given) or 0
    except helm_python.HelmError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201 - a command line
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="helm", allow_abbrev=False)
    commands = parser.add_subparsers(required=True)
    everywhere = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    everywhere.add_argument("-n", "--namespace", default="default")
    everywhere.add_argument("--kubeconfig", default=os.environ.get("KUBECONFIG"))
    valued = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    valued.add_argument("-f", "--values", action="append", default=[])
    valued.add_argument("--set", action="append", default=[])
    valued.add_argument("--set-string", action="append", default=[])
    valued.add_argument("--set-json", action="append", default=[])
    releasing = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    releasing.add_argument("--create-namespace", action="store_true")
    releasing.add_argument("--wait", action="store_const", const="watcher")
    releasing.add_argument("--timeout", type=_seconds)
    releasing.add_argument("--dry-run", choices=("client", "server", "none"))

    def command(name: str, run: Callable[[argparse.Namespace], int | None], *parts: str) -> argparse.ArgumentParser:
        parents = {"valued": valued, "releasing": releasing}
        added = commands.add_parser(name, parents=[everywhere, *(parents[part] for part in parts)], allow_abbrev=False)
        added.set_defaults(run=run)
        return added

    _positional(command("install", _install, "valued", "releasing"), "name", "chart")
    upgrade = command("upgrade", _upgrade, "valued", "releasing")
    upgrade.add_argument("--install", "-i", action="store_true")
    upgrade.add_argument("--reuse-values", action="store_true")
    upgrade.add_argument("--reset-values", action="store_true")
    _positional(upgrade, "name", "chart")
    _positional(command("uninstall", _uninstall), "name")
    _positional(command("template", _template, "valued"), "name", "chart")
    lint = command("lint", _lint, "valued")
    lint.add_argument("--strict", action="store_true")
    _positional(lint, "chart")
    command("list", _list)
    history = command("history", _history)
    _positional(history, "name")
    rollback = command("rollback", _rollback)
    _positional(rollback, "name")
    rollback.add_argument("revision", type=int, nargs="?")
    get = command("get", _get)
    get.add_argument("what", choices=("values", "manifest", "notes"))
    get.add_argument("-a", "--all", action="store_true")
    _positional(get, "name")
    return parser


def _positional(parser: argparse.ArgumentParser, *names: str) -> None:
    for name in names:
        parser.add_argument(name)


def _seconds(duration: str) -> int:
    """Read a duration of Go, such as `2m30s`."""
    parts = re.findall(r"(\d+)([hms])", duration)
    if "".join(number + unit for number, unit in parts) != duration or not parts:
        raise argparse.ArgumentTypeError(f"{duration!r} is no duration such as 2m30s")
    return sum(int(number) * _SECONDS[unit] for number, unit in parts)


def _values(given: argparse.Namespace) -> Values:
    """Merge the values as Helm does: files in their order, then --set-json, --set, --set-string."""
    merged: Values = {}
    for file in given.values:
        merged = _merged(merged, helm_python.values_from_yaml(Path(file).read_text(encoding="utf-8")))
    for parse, expressions in (
        (helm_python.parse_set_json, given.set_json),
        (helm_python.parse_set_string, given.set),
        (helm_python.parse_set_string_values, given.set_string),
    ):
        for expression in expressions:
            merged = _merged(merged, parse(expression))
    return merged


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Values:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _config(given: argparse.Namespace) -> helm_python.Config:
    return helm_python.Config(kubeconfig_path=given.kubeconfig, namespace=given.namespace)


def _install(given: argparse.Namespace) -> None:
    with _config(given) as config:
        release = config.install(
            given.chart,
            given.name,
            _values(given),
            namespace=given.namespace,
            create_namespace=given.create_namespace,
            timeout=given.timeout,
            wait=given.wait,
            dry_run=given.dry_run,
        )
    _say_release(release, "Install complete", given)


def _upgrade(given: argparse.Namespace) -> None:
    with _config(given) as config:
        if given.install and given.name not in {release["name"] for release in config.list(all_states=True)}:
            _install(given)
            return
        release = config.upgrade(
            given.chart,
            given.name,
            _values(given),
            namespace=given.namespace,
            timeout=given.timeout,
            wait=given.wait,
            dry_run=given.dry_run,
            reuse_values=given.reuse_values,
            reset_values=given.reset_values,
        )
    if given.dry_run is None:
        _say(f'Release "{given.name}" has been upgraded. Happy Helming!')
    _say_release(release, "Upgrade complete", given)


def _say_release(release: Mapping[str, Any], description: str, given: argparse.Namespace) -> None:
    _say(f"NAME: {release['name']}")
    _say(f"LAST DEPLOYED: {datetime.fromisoformat(release['deployed_at']):%a %b %e %H:%M:%S %Y}")
    _say(f"NAMESPACE: {release['namespace']}")
    _say(f"STATUS: {release['status']}")
    _say(f"REVISION: {release['revision']}")
    _say(f"DESCRIPTION: {'Dry run complete' if given.dry_run else description}")
    if given.dry_run:
        _say(f"MANIFEST:\n{release['manifest']}")
    if notes := str(release.get("notes") or "").strip():
        _say(f"NOTES:\n{notes}")


def _uninstall(given: argparse.Namespace) -> None:
    with _config(given) as config:
        kept = str(config.uninstall(given.name).get("info") or "").strip()
    if kept:
        _say(kept)
    _say(f'release "{given.name}" uninstalled')


def _template(given: argparse.Namespace) -> None:
    with helm_python.Chart.load(given.chart) as chart:
        rendered = chart.render(_values(given), name=given.name, namespace=given.namespace)
    for source, manifest in rendered.items():
        if manifest.strip() and not source.endswith("NOTES.txt"):
            _say(f"---\n# Source: {source}\n{manifest.strip()}")


def _lint(given: argparse.Namespace) -> int:
    report = helm_python.lint(given.chart, _values(given), strict=given.strict, namespace=given.namespace)
    _say(f"==> Linting {given.chart}")
    names = {1: "INFO", 2: "WARNING", 3: "ERROR"}
    for message in report["messages"]:
        _say(f"[{names.get(message['severity'], 'UNKNOWN')}] {message['path']}: {message['error']}")
    worst = max((message["severity"] for message in report["messages"]), default=0)
    failed = bool(report["errors"]) or worst > _WARNING - int(given.strict)
    _say(f"\n{report['total_charts_linted']} chart(s) linted, {int(failed)} chart(s) failed")
    return int(failed)


def _list(given: argparse.Namespace) -> None:
    with _config(given) as config:
        releases = config.list()
    _table(
        ("NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"),
        [
            (
                *_named(release, "name", "namespace", "revision", "deployed_at", "status"),
                _chart(release),
                *_named(release, "app_version"),
            )
            for release in releases
        ],
    )


def _history(given: argparse.Namespace) -> None:
    with _config(given) as config:
        revisions = config.history(given.name)
    _table(
        ("REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"),
        [
            (*_named(release, "revision", "deployed_at", "status"), _chart(release), *_named(release, "app_version"))
            for release in revisions
        ],
    )


def _rollback(given: argparse.Namespace) -> None:
    with _config(given) as config:
        config.rollback(given.name, version=given.revision)
    _say("Rollback was a success! Happy Helming!")


def _get(given: argparse.Namespace) -> None:
    with _config(given) as config:
        if given.what == "values":
            values = config.get_values(given.name, all_values=given.all)
            _say("COMPUTED VALUES:" if given.all else "USER-SUPPLIED VALUES:")
            _say(yaml.safe_dump(json.loads(json.dumps(values))).strip() if values else "null")
        else:
            _say(str(config.status(given.name)[given.what]).strip())


def _named(release: Mapping[str, Any], *fields: str) -> tuple[str, ...]:
    return tuple(str(release[field]) for field in fields)


def _chart(release: Mapping[str, Any]) -> str:
    return f"{release['chart_name']}-{release['chart_version']}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        _say("\t".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
