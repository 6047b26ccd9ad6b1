"""A `photosort gallery --serve` in a process of its own, and what it is asked for."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ENDED = "Ended; the album stays as it is shown."


@dataclass
class Reply:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Asks a server as its page does; `headers` of a request go above those of the page."""

    url: str
    album: dict[str, Any] = field(default_factory=dict)

    @property
    def netloc(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def base(self) -> str:
        return urlsplit(self.url).path

    def ask(
        self,
        target: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Reply:
        """Send one request; `target` goes out as it is. A header of None is left out."""
        connection = http.client.HTTPConnection(self.netloc, timeout=30)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        given: dict[str, str | None] = {"Host": self.netloc}
        if body is not None:
            given |= {
                "Origin": f"http://{self.netloc}",
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
            }
        for name, value in (given | dict(headers or {})).items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        try:
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def get(self, name: str = "", **more: Any) -> Reply:
        """Ask for a part of the page."""
        return self.ask(self.base + name, **more)

    def load(self) -> dict[str, Any]:
        """Load the album as the page does."""
        self.get()
        text = self.get("data.js").body.decode("ascii")
        self.album = json.loads(text.removeprefix("window.album = ").rstrip(";\n"))
        return self.album

    def key(self, name: str) -> str:
        """Give the key of a photo by its file's name."""
        found: str = self.album["keys"][self.album["names"].index(name)]
        return found

    def act(self, action: str, **asked: Any) -> Reply:
        """Take a step as the page does, and keep the album that comes back."""
        body = {"action": action, "version": self.album.get("version"), **asked}
        reply = self.ask(self.base + "act", "POST", json.dumps(body).encode())
        if reply.status in {200, 409}:
            self.album = reply.json["album"]
        return reply


@dataclass
class Process(Client):
    """A server in a process of its own; `told` is what it said with --json."""

    told: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal; return the exit code and what was printed after the address."""
        assert self.process is not None
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@contextmanager
def serving(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Iterator[Process]:
    """Start a server, wait for its address, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "photosort", "gallery", "--serve", *map(str, arguments)],
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate(timeout=30)[1]
        told = {}
        if line == "{\n":
            told = json.loads(line + "".join(iter(process.stdout.readline, "}\n")) + "}")
        yield Process(told["url"] if told else line.split()[0], process=process, told=told)
    finally:
        process.kill()
        process.communicate(timeout=30)
