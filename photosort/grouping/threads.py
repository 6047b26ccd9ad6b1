"""How many threads the libraries under NumPy and scikit-learn use."""

import contextlib
from collections.abc import Iterator

FEW = 5_000  # rows with which a second thread still gains nothing (BENCHMARKS.md, "Threads")


@contextlib.contextmanager
def one_thread(rows: int = 0, few: int = FEW) -> Iterator[None]:
    """Let BLAS and OpenMP compute on one thread in here, where there are at most `few` rows.

    Their threads wait busily for each other: on two cores with other work to do, the eigenvalues of
    a matrix of 800 x 800 took 3 s instead of 0.07, and t-SNE of 75 photos 39 s instead of 2.
    """
    if rows > few:
        yield
        return
    from threadpoolctl import threadpool_limits  # of scikit-learn

    with threadpool_limits(1):
        yield
