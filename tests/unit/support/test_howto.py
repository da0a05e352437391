from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from textwrap import dedent

import pytest

from support.howto import (
    ByHand,
    Command,
    Followed,
    NotAsThePageSays,
    NotFollowed,
    Reader,
    SavedFile,
    Step,
    UnclearPage,
    follow,
    read_page,
)

_FENCE = "```"

PAGES: dict[str, tuple[str, list[Step]]] = {
    "a command and what it prints": (
        """
        ```console
        $ echo one
        one
        $ echo two
        ```
        """,
        [Command(3, "echo one", ("one",)), Command(5, "echo two")],
    ),
    "a command of several lines": (
        """
        ```console
        $ echo one \\
            two
        one two
        $ echo 'three
        four'
        $ cat <<EOF
        five
        EOF
        five
        ```
        """,
        [
            Command(3, "echo one \\\n    two", ("one two",)),
            Command(6, "echo 'three\nfour'"),
            Command(8, "cat <<EOF\nfive\nEOF", ("five",)),
        ],
    ),
    "a block within a list": (
        """
        1. First:

           ```console
           $ echo one
           ```
        """,
        [Command(5, "echo one")],
    ),
    "a file that names itself": (
        """
        ```yaml
        # spec/connection.yaml
        kind: PaletteConnection
        ```
        """,
        [SavedFile(2, "spec/connection.yaml", "# spec/connection.yaml\nkind: PaletteConnection\n")],
    ),
    "a block that nobody can follow": (
        """
        <!-- not followed: needs a
        browser -->
        ```yaml
        spec: {}
        ```
        ```console
        $ echo one
        ```
        """,
        [NotFollowed(4, "needs a\nbrowser"), Command(8, "echo one")],
    ),
    "what is done by hand, also in the middle of a list": (
        """
        1. Create a key. <!-- by hand: create a key -->
        2. Wait.

        <!-- by hand: wait -->
        """,
        [ByHand(2, "create a key"), ByHand(5, "wait")],
    ),
    "text is only read": ("```text\nanything\n```\n", []),
}

UNCLEAR = {
    "a block of unknown use": ("```yaml\nspec: {}\n```", "line 1: a block is neither"),
    "an indented block": ("Run:\n\n    kubectl get pods\n", "line 3: a block is neither"),
    "output without a command": ("```console\none\n$ echo one\n```", "begins with a command"),
    "a command that does not end": ("```console\n$ echo 'one\n```", "ends before this command does"),
    "a mark with no block": ("<!-- not followed: why -->\n\ntext", "no block follows the mark"),
}


@pytest.mark.parametrize(("page", "steps"), PAGES.values(), ids=PAGES)
def test_a_page_is_read_as(page: str, steps: list[Step]) -> None:
    assert read_page(dedent(page)) == steps


@pytest.mark.parametrize(("page", "message"), UNCLEAR.values(), ids=UNCLEAR)
def test_an_unclear_page_is_refused(page: str, message: str) -> None:
    with pytest.raises(UnclearPage, match=message):
        read_page(page)


Follow = Callable[..., Awaitable[Followed]]


@pytest.fixture
def followed(tmp_path: Path) -> Follow:
    """Follow a page that consists of one console block, or of what begins with a fence or a mark."""
    folder = tmp_path / "desk"
    folder.mkdir()

    async def follow_page(page: str, **reader: object) -> Followed:
        file = tmp_path / "page.md"
        file.write_text(page if page.startswith(("`", "<")) else f"{_FENCE}console\n{page}\n{_FENCE}\n")
        return await follow(file, Reader(folder, tmp_path / "kubeconfig", looks_for_s=5, **reader))  # type: ignore[arg-type]

    return follow_page


async def test_commands_share_variables_and_the_folder(followed: Follow) -> None:
    page = "$ WHO=world\n$ mkdir -p inner && cd inner\n$ echo hello $WHO; basename $PWD\nhello world\ninner"

    assert await followed(page) == Followed(commands=3)


async def test_a_saved_file_is_there_for_the_commands_with_what_the_reader_has_in_place_of_examples(
    followed: Follow,
) -> None:
    page = (
        "```yaml\n# a/b.yaml\nendpoint: https://example.com\n```\n"
        "```console\n$ tail -1 a/b.yaml\nendpoint: https://example.com\n```"
    )

    assert await followed(page, in_place_of={"https://example.com": "http://127.0.0.1:1"}) == Followed(1, files=1)


@pytest.mark.parametrize("page", ["$ false", "$ false | cat", "$ echo one\ntwo"])
async def test_a_command_that_fails_or_prints_something_else_is_told_with_its_line(followed: Follow, page: str) -> None:
    with pytest.raises(NotAsThePageSays, match=r"page\.md, line 2: "):
        await followed(page)


_COUNTING_KUBECTL = """\
$ mkdir bin; printf '#!/bin/sh\\necho x >> seen; wc -l < seen\\n' > bin/kubectl
$ chmod +x bin/kubectl; PATH=$PWD/bin:$PATH
$ kubectl -n retail get pcl
2
"""


async def test_what_only_looks_is_repeated_until_it_shows_what_the_page_shows(followed: Follow) -> None:
    assert await followed(f"{_COUNTING_KUBECTL}$ kubectl -n retail apply\n3") == Followed(commands=4)


async def test_what_a_library_logs_beside_the_words_of_a_command_is_no_part_of_what_it_prints(followed: Follow) -> None:
    logged = 'I1128 20:59:48.541761   12332 reflector.go:664] "Warning: watch ended with error" err="canceled"'
    await followed(f"```console\n$ echo '{logged}' >&2; echo upgraded\nupgraded\n```")


async def test_what_changes_something_is_run_once(followed: Follow) -> None:
    with pytest.raises(NotAsThePageSays, match="kubectl -n retail apply"):
        await followed(f"{_COUNTING_KUBECTL}$ kubectl -n retail apply\n4")


async def test_what_happens_by_hand_is_done_at_its_place(followed: Follow, tmp_path: Path) -> None:
    async def make_a_key() -> None:
        (tmp_path / "desk" / "key.txt").write_text("secret")

    page = (
        "<!-- by hand: make a key -->\n\n```console\n$ cat key.txt\nsecret\n```\n"
        "<!-- not followed: a browser -->\n```sh\nopen\n```"
    )

    assert await followed(page, by_hand={"make a key": make_a_key}) == Followed(
        1, by_hand=("make a key",), not_followed=("a browser",)
    )


async def test_a_hand_that_the_page_does_not_ask_for_or_that_is_missing_is_refused(followed: Follow) -> None:
    with pytest.raises(UnclearPage, match="by hand"):
        await followed("<!-- by hand: make a key -->")


async def test_an_example_that_left_the_page_is_told(followed: Follow) -> None:
    with pytest.raises(UnclearPage, match=r"none of \['https://gone\.example'\]"):
        await followed("$ true", in_place_of={"https://gone.example": "x"})


async def test_the_reader_has_a_checkout_and_the_tools(followed: Follow) -> None:
    page = "$ ls deploy/crds/palettecluster*\n...\n$ helm list --help\n...\n$ type kubectl palette-operator\n..."

    assert await followed(page) == Followed(commands=3)
