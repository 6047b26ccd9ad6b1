"""Entry point of `photosort` and `python -m photosort`."""

import sys

from photosort import startup


def main(*, run_as_module: bool = False) -> None:
    """Run the command line."""
    try:
        startup.open_standard_descriptors()
        startup.use_utf8()
        startup.leave_current_folder(run_as_module=run_as_module)
        startup.set_up_streams()
        startup.collect_rarely()
        from photosort.cli import app

        app(prog_name="photosort")
    except KeyboardInterrupt:  # Ctrl-C before the command line was there to hear it
        sys.exit(130)


if __name__ == "__main__":
    main(run_as_module=True)
