"""Entry point of `photosort` and `python -m photosort`."""


def main() -> None:
    """Run the command line."""
    from photosort.cli import app  # here: every worker process imports this module again

    app(prog_name="photosort")


if __name__ == "__main__":
    main()
