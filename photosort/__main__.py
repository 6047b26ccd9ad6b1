"""Entry point of `photosort` and `python -m photosort`."""

from photosort.cli import app


def main() -> None:
    """Run the command line."""
    app(prog_name="photosort")


if __name__ == "__main__":
    main()
