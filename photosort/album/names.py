"""Names for folders and files that every file system takes. Pure."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence

NAME_BYTES = 255  # the longest file name ext4, APFS, NTFS and exFAT all hold
SLUG_BYTES = 60
FOLDER_BYTES = 100  # a few levels of such folders leave room for a file name in 1,024 bytes (macOS)
SUFFIX_BYTES = 16  # a longer "suffix" is a name that happens to hold a dot

# What exFAT, NTFS and SMB refuse in a name, and the names Windows keeps for devices.
UNPORTABLE = frozenset('<>:"\\|?*\x7f') | {chr(code) for code in range(32)}
DEVICES = frozenset({"con", "prn", "aux", "nul"}) | {
    f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"
}
# What file managers and file systems put into a folder by themselves, in any case.
NOISE = frozenset(
    {".ds_store", "._.ds_store", "thumbs.db", "desktop.ini", ".directory", "lost+found", "@eadir"}
)
JOINER = "\u200d"  # holds composed emoji together; other unprintable characters deceive the eye


def name_key(name: str) -> str:
    """Fold `name` so that names equal on any common file system get equal keys.

    Coarser than HFS+, APFS, NTFS and exFAT: a needless "(2)" is cheaper than a lost photo.
    """
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFKD", name).upper().casefold()
    return unicodedata.normalize("NFKD", folded)


def place_key(place: str) -> str:
    """Fold every part of a relative path as `name_key` folds a name."""
    if place.isascii():
        return place.lower()
    return "/".join(name_key(part) for part in place.split("/"))


def slugify(title: str) -> str:
    """Make `title` fit for a part of a folder's name; empty when nothing of it is a letter.

    Letters, digits and their marks stay, in lower case and NFC; anything else becomes a hyphen.
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", title).lower())
    kept = "".join(char if _belongs(char) else " " for char in text)
    return _cut("-".join(kept.split()), SLUG_BYTES).strip("-")


def _belongs(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char) in {"Mn", "Mc"}


def folder_name(title: str) -> str:
    """Make a folder's name of `title`, as it is but for what a file system or a shell refuses.

    NFC; slashes and other refused characters become hyphens, invisible ones go; no dot or hyphen
    comes first, no dot or blank last.
    """
    text = unicodedata.normalize("NFC", title)
    text = "".join(" " if char.isspace() else char for char in text)
    text = "".join("-" if char in UNPORTABLE or char == "/" else char for char in text)
    text = "".join(char for char in text if char.isprintable() or char == JOINER)
    text = _cut(" ".join(text.split()).lstrip("-. "), FOLDER_BYTES).rstrip(". ")
    if text.partition(".")[0].rstrip(" ").lower() in DEVICES:
        text = f"_{text}"
    return text or "_"


def portable_name(name: str) -> str:
    """Replace what exFAT, NTFS or SMB refuse in a name: bytes that are no text, `:`, "CON"..."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = "".join("_" if char in UNPORTABLE else char for char in text)
    stem, suffix = _split(text)
    if stem.partition(".")[0].rstrip(" ").lower() in DEVICES:
        stem = f"_{stem}"
    whole = _cut(stem, NAME_BYTES - _length(suffix)) + suffix
    return whole.rstrip(" .") or "_"


def free_name(plain: str, taken: Collection[str]) -> str:
    """Count `plain` up until its key is not in `taken`: Goa, Goa (2), Goa (3)."""
    name, count = plain, 1
    while name_key(name) in taken:
        count += 1
        name = f"{plain} ({count})"
    return name


def distinct(names: Sequence[str], taken: Iterable[str]) -> list[str]:
    """Keep each first name, count the later ones up: IMG.jpg, IMG (2).jpg, IMG (3).jpg.

    `taken` are the keys of names that are something else.
    """
    used = set(taken)
    result: dict[int, str] = {}
    for index, name in enumerate(names):
        key = name_key(name)
        if key not in used:
            used.add(key)
            result[index] = name
    if len(result) == len(names):
        return list(names)
    counts: dict[str, int] = {}
    for index, name in enumerate(names):
        if index in result:
            continue
        stem, suffix = _split(name)
        count = counts.get(name_key(name), 1)
        candidate = name
        while name_key(candidate) in used:
            count += 1
            tail = f" ({count}){suffix}"
            candidate = _cut(stem, NAME_BYTES - _length(tail)) + tail
        counts[name_key(name)] = count
        used.add(name_key(candidate))
        result[index] = candidate
    return [result[index] for index in range(len(names))]


def _split(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    if not stem or _length(dot + suffix) > SUFFIX_BYTES:
        return name, ""
    return stem, dot + suffix


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _cut(text: str, limit: int) -> str:
    """Shorten `text` to `limit` bytes of UTF-8 without cutting a character."""
    while _length(text) > limit:
        text = text[: min(len(text) - 1, limit)]
    return text
