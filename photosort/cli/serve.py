"""`gallery --serve`: the page of an album on this machine, until Ctrl-C."""

import sys
from pathlib import Path
from threading import Thread

from photosort import report
from photosort.counts import counted


def serve(
    album: Path | None, port: int | None, *, open_page: bool, as_json: bool, quiet: bool
) -> None:
    """Serve the page and say where; what is being changed at Ctrl-C is finished first."""
    from photosort.commands.serving import open_server

    with report.progress(quiet=quiet or as_json) as progress:
        server, session = open_server(album, port, progress)
    if as_json:
        report.print_json({"url": server.url, "photos": session.count})
    else:
        report.line(f"{server.url}  {counted(session.count, 'photo')}, until Ctrl-C")
        sys.stdout.flush()
    if open_page:
        import webbrowser  # starts it in a session of its own, which Ctrl-C does not reach

        Thread(target=webbrowser.open, args=(server.ticket(),), daemon=True).start()
    server.run()
    with session.at_rest():
        if not (quiet or as_json):
            report.line("Ended; the album stays as it is shown.")
