"""Commands on what is remembered of photos: cache info, cache clear."""

from photosort import report
from photosort.cli.options import JsonOption


def info(as_json: JsonOption = False) -> None:
    """Say what is remembered, where, and how large it is."""
    from photosort.commands.cache import cache_info

    info = cache_info()
    if as_json:
        report.print_json(report.cache_json(info))
    else:
        report.show_cache(info)


def clear() -> None:
    """Forget every photo; the next run looks at them again. Photos and albums are not touched."""
    from photosort.commands.cache import clear_cache

    report.line(f"Every photo forgotten, {clear_cache() / 1e6:,.1f} MB freed")
