"""What photosort says, read from its source: remedies exist, one and many are told apart.

Every text is checked against the commands that can come to it: a new message is checked as well.
"""

import re
import tomllib

import pytest

from photosort.counts import counted, noun
from tests.conftest import REPO
from tests.messages import Message, commands, messages, options

# `photosort organize --out` names a command; `--out` alone means the one that is running.
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
COMMAND = re.compile(r"photosort((?: [a-z]+)+)")
# What stands behind the name photosort where it is the subject of a sentence.
PROSE = {"had", "is", "made", "remembers", "was", "work", "wrote"}
# `organize --update` reads an album, but one that it is told of: the last one is not asked for.
# `watch` makes an album without a number of clusters: it is never too large.
KNOWN_ALBUM = {("photosort.album.last", "organize"), ("photosort.commands.request", "watch")}

PLURAL = re.compile(r"\{\} (?:[a-z]+ )?([a-z]+s)\b")
NO_NOUNS = {"comes", "ends", "has", "holds", "is", "its", "lacks", "names", "this", "was"}
ALWAYS_SEVERAL = {  # beginning or end of a text, and why its number is never 1
    "{} bytes, a title has at most {}; use a shorter one": "more than a title may have",
    " numbers, a label and 16x16 pixels make 257; fetch it again": "three or more",
    "{} clusters need as many distinct photos, ": "more than were found",
    "{} clusters asked for, at least 1 needed": "none or fewer",
    "{}: {} found, {} clusters need at least {}; ": "more than were found",
    "features: X has {} features, but DEC is expecting ": "scikit-learn's wording, which it tests",
    "{}: images of {} pixels; use one size": "width x height",
    "{}: the images before it are {} pixels; ": "width x height",
    "too thin: {} x {} pixels": "width x height",
    "too large: {} x {} pixels take ": "width x height",
    "not an IDX file of bytes in {} dimensions": "one or three",
    "damaged: {} bytes where its header promises": "any number, zero too",
    "images of {} classes; a comparison needs at least two": "the numbers are what is wrong",
    "features: {} of {} rows hold NaN": "two or more rows, as is checked before",
    "number of distinct rows: {}, {} clusters need": "more clusters than rows: two or more",
    "{} goes with --by {}": "an option's name",
    "too large: {} x {} pixels would take ": "width x height",
}


def named_options(text: str) -> list[tuple[str | None, str]]:
    """List the options a text names, each with the command before it in the same clause, if any."""
    found = []
    for clause in re.split(r"[;:(]", text):
        command = None
        for word in re.finditer(rf"{COMMAND.pattern}|{OPTION.pattern}", clause):
            if word[0].startswith("--"):
                found.append((command, word[0]))
            else:
                command = command_in(word[1])
    return found


def command_in(words: str) -> str | None:
    """Find the command that the words behind photosort begin with: "cache clear"."""
    parts = words.split()
    tried = (" ".join(parts[:length]) for length in (2, 1))
    return next((name for name in tried if name in commands()), None)


def said() -> list[Message]:
    """List the messages, without the texts that define the options themselves."""
    return [one for one in messages() if one.module != "photosort.cli.options"]


@pytest.mark.slow
def test_the_search_sees_what_is_said() -> None:
    """Messages of every room are found, with the commands that come to them."""
    by_text = {one.text: one for one in messages()}
    links = "{}: hard links to {} are not possible here; use photosort organize"
    (one,) = (one for text, one in by_text.items() if text.startswith(links))
    assert {"organize", "add", "undo"} <= one.commands
    assert "bench" not in one.commands
    assert len([one for one in said() if named_options(one.text)]) > 25
    assert named_options("a; use photosort organize --out DIR or --link copy, or pass --album") == [
        ("organize", "--out"), ("organize", "--link"), ("organize", "--album"),
    ]  # fmt: skip


@pytest.mark.slow
def test_every_option_a_message_names_is_one_of_its_command() -> None:
    """An option named alone exists for every command that can say so; with a command, for that."""
    wrong = []
    for one in said():
        for command, option in named_options(one.text):
            for running in [command] if command else sorted(one.commands):
                known = (one.module, running) in KNOWN_ALBUM
                if option not in options(running) and not known:
                    wrong.append(f"{one}  --  {running} has no {option}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_every_command_a_message_names_exists() -> None:
    """`photosort WORD` is a command, or photosort is the subject of a sentence."""
    wrong = [
        str(one)
        for one in said()
        for words in COMMAND.findall(one.text)
        if command_in(words) is None and words.split()[0] not in PROSE
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_every_extra_a_message_names_exists() -> None:
    """`photosort-dec[umap]` can be installed."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    named = {name for one in messages() for name in re.findall(r"photosort-dec\[(\w+)\]", one.text)}
    assert named
    assert named <= set(project["optional-dependencies"])


def test_numbers_go_with_their_nouns() -> None:
    """No text puts a plain number before a plural: `counted` says "1 photo" and "2 photos"."""
    wrong = []
    for one in messages():
        nouns = {found[1] for found in PLURAL.finditer(one.text)} - NO_NOUNS
        known = any(one.text.startswith(text) or text in one.text for text in ALWAYS_SEVERAL)
        if nouns and not known:
            wrong.append(str(one))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 photos"), (1, "1 photo"), (2, "2 photos"), (12_345, "12,345 photos")],
)
def test_counted(number: int, said: str) -> None:
    """One is singular, all else plural, thousands have commas."""
    assert counted(number, "photo") == said
    assert noun(number, "entry", "entries") == ("entry" if number == 1 else "entries")
