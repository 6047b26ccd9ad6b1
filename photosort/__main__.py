"""Entry point of `photosort` and `python -m photosort`."""

import io
import sys


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that the terminal cannot say is spelt out
            stream.reconfigure(errors="backslashreplace")
    try:
        from photosort.cli import app  # here: every worker process imports this module again

        app(prog_name="photosort")
    except KeyboardInterrupt:  # Ctrl-C before the command line was there to hear it
        sys.exit(130)


if __name__ == "__main__":
    main()
