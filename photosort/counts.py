"""Numbers of things in English: "1 photo", "2,001 photos"."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """Say how many: "1 photo", "2,001 photos". `many` is the plural where that is no added s."""
    return f"{number:,} {noun(number, one, many)}"


def noun(number: float, one: str, many: str | None = None) -> str:
    """Return the word for so many things: `one` for a single one, else its plural."""
    return one if number == 1 else many or f"{one}s"
