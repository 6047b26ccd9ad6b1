"""What `photosort watch` says: a line a batch, for a reader or for a program."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from photosort.commands.watch import Began, Filed, News, Waits
from photosort.counts import counted
from photosort.report.console import err, out, print_json, printable
from photosort.report.results import NAMED_IN_SUMMARY, joined_by

if TYPE_CHECKING:
    from photosort.commands.organize import Outcome


class WatchReport:
    """Prints each piece of news as one line: on stdout, and what is wrong on stderr."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._as_json, self._quiet = as_json, quiet
        self._said_due = False

    def tell(self, news: News) -> None:
        """Say one thing."""
        now = datetime.now().astimezone()
        if self._as_json:
            print_json({"time": now.isoformat(timespec="seconds"), **as_json(news)}, indent=None)
        elif isinstance(news, Waits):
            err.print(f"{now:%H:%M}  waiting: {printable(news.reason)}")
        elif not self._quiet:
            out.print(f"{now:%H:%M}  {in_words(news)}")
            out.file.flush()
            self._tell_due(news)

    def _tell_due(self, news: News) -> None:
        """Say once that the clusters should be made anew: every batch from then on would."""
        if isinstance(news, Filed) and news.due and not self._said_due:
            self._said_due = True
            err.print(f"note: {printable(news.due)}")


def in_words(news: News) -> str:
    """Put news into one line, safe to print."""
    match news:
        case Began(sources, album, made):
            where = ", ".join(printable(source) for source in sources)
            begun = f"watching {where} for {printable(album)}"
            total = sum(1 for _ in made.album.photos) if made else 0
            return f"{begun}, made of {counted(total, 'photo')}" if made else begun
        case Filed(outcome, moved, skipped, _):
            parts = [f"{counted(len(outcome.filed), 'photo')} filed{_where(outcome)}"]
            if moved:
                parts.append(f"{counted(len(moved), 'photo')} renamed or moved")
            if skipped:
                named = [
                    f"{printable(entry.path.name)} ({printable(entry.reason)})"
                    for entry in skipped[:NAMED_IN_SUMMARY]
                ]
                more = len(skipped) - len(named)
                named += [f"{more:,} more"] if more else []
                parts.append(f"{len(skipped):,} skipped: {', '.join(named)}")
            return "; ".join(parts)
        case Waits(reason):
            return f"waiting: {printable(reason)}"
    return "going on"


def _where(outcome: Outcome) -> str:
    """Say how many joined which folder, most first."""
    joined = sorted(joined_by(outcome), key=lambda named: (-named[1], named[0]))
    return ": " * bool(joined) + ", ".join(f"{count:,} in {printable(n)}" for n, count in joined)


def as_json(news: News) -> dict[str, Any]:
    """Describe news for a program."""
    match news:
        case Began(sources, album, made):
            total = sum(1 for _ in made.album.photos) if made else 0
            return {
                "event": "watching",
                "sources": [str(source) for source in sources],
                "album": str(album),
                "made": total,
            }
        case Filed(outcome, moved, skipped, due):
            return {
                "event": "filed",
                "photos": [str(path) for path in outcome.filed],
                "folders": dict(joined_by(outcome)),
                "moved": [str(path) for path in moved],
                "skipped": [{"path": str(s.path), "reason": s.reason} for s in skipped],
                "due": due,
            }
        case Waits(reason):
            return {"event": "waiting", "reason": reason}
    return {"event": "going on"}
