"""An event on a timeline: from which shot to which."""

from dataclasses import dataclass
from typing import Final, Literal

#: A pause that ends a session of photographing. Chosen on the lives of seeds 0 to 29
#: (benchmarks/events.py): with three hours F1 is .002 lower, with seven alike.
PAUSE_SECONDS: Final = 5 * 3600


@dataclass(frozen=True, slots=True)
class Span:
    """The shots of a timeline from `first` to `last`, in between all.

    A journey was spent away from home; an outing has more photos than usual days have.
    """

    kind: Literal["journey", "outing"]
    first: int
    last: int
