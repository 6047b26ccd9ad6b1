"""The one error a user is meant to see."""


class PhotosortError(Exception):
    """A failure with a remedy; its text names the thing, the fact and the remedy in one line.

    The command line prints it on stderr and exits with 1. Anything else that escapes is a bug and
    keeps its traceback.
    """
