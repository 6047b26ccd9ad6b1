"""What the server asks of whoever has the page, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """A body with its media type."""

    body: bytes
    kind: str
    status: int = 200


class RefusedError(Exception):
    """A request that is not served: the status of HTTP, and one sentence."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Site(Protocol):
    """What is served. Its functions are called from several threads."""

    def page(self, name: str) -> Answer | None:
        """Give what lies under `name` ("" is the page itself); None where nothing does."""

    def photo(self, key: str) -> Path | None:
        """Find the original that goes by `key`; None where no photo of the album does."""

    def act(self, asked: Mapping[str, Any]) -> Answer:
        """Do what the page asks for in JSON. Raises RefusedError."""
