"""The HTTP of it: a request in, an answer with its headers out. Nothing is written to a disk."""

import json
import logging
import secrets
import signal
import socketserver
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any, Final

from photosort.errors import PhotosortError
from photosort.serve.guard import (
    MOST_BYTES,
    SECURITY_HEADERS,
    check_change,
    check_host,
    named,
    same,
)
from photosort.serve.originals import Original, opened
from photosort.serve.records import Answer, RefusedError, Site

LOG = logging.getLogger(__name__)
HOST: Final = "127.0.0.1"
PHOTO: Final = "photo/"
ACT: Final = "act"
ALLOWED: Final = "GET, HEAD, POST"


class Server(ThreadingHTTPServer):
    """Serves `site` on this machine alone, to whoever has the address. Raises PhotosortError."""

    site: Site  # set before the first request is answered

    daemon_threads = True  # a browser keeps connections open for as long as it likes
    block_on_close = False

    def __init__(self, port: int = 0) -> None:
        self.token = secrets.token_urlsafe(32)
        self._ticket: str | None = None
        self._redeeming = Lock()
        try:
            super().__init__((HOST, port), Handler)
        except OSError as error:
            raise PhotosortError(
                f"port {port}: {error.strerror or error}; pass another --port, or none for a free"
                " one"
            ) from error

    def server_bind(self) -> None:
        """Bind without asking a name server what this machine is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server_port}/{self.token}/"

    def run(self) -> None:
        """Answer requests until Ctrl-C, or until the process is asked to end."""

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        asked = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
        before = {number: signal.signal(number, stop) for number in asked}
        try:
            self.serve_forever()
        except KeyboardInterrupt:
            LOG.info("asked to end")
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            self.server_close()

    def ticket(self) -> str:
        """Give an address that leads to the page once: a command line can be seen by others."""
        self._ticket = secrets.token_urlsafe(32)
        return f"http://{HOST}:{self.server_port}/{self._ticket}"

    def redeem(self, target: str) -> bool:
        """Return whether `target` is the address that leads to the page once, and end it."""
        with self._redeeming:
            if self._ticket is None or not same(target[1:], self._ticket):
                return False
            self._ticket = None
            return True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver has it
        """Say nothing of a browser that has left; anything else is a fault and shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "photosort"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        """Answer with a file of the page or a photo."""
        self._answer(self._get)

    do_HEAD = do_GET  # noqa: N815 - called so by http.server

    def do_POST(self) -> None:
        """Do what the page asks for."""
        self._answer(self._post)

    def _answer(self, answer: Callable[[], None]) -> None:
        try:
            check_host(self.headers.get("Host"), self.server.server_port)
            answer()
        except RefusedError as error:
            self._refuse(error.status, error.why)
        except PhotosortError as error:  # the album is gone, or damaged
            self._refuse(422, str(error))
        except OSError:  # the browser has left, or a disk has, amid a photo
            self.close_connection = True

    def _refuse(self, status: int, why: str) -> None:
        self.close_connection = True  # what is left of the request is not read
        text = f"{why}\n".encode("utf-8", "replace")
        self._send(Answer(text, "text/plain; charset=utf-8", status))

    def _get(self) -> None:
        if "Transfer-Encoding" in self.headers or self.headers.get("Content-Length", "0") != "0":
            raise RefusedError(400, "a body that nobody asked for")
        if self.server.redeem(self.path):
            self._start(303, {"Location": f"/{self.server.token}/", "Content-Length": "0"})
            return
        name = named(self.path, self.server.token)
        if name.startswith(PHOTO):
            self._send_photo(name.removeprefix(PHOTO))
            return
        if name == ACT:
            raise RefusedError(405, "POST only")
        answer = self.server.site.page(name)
        if answer is None:
            raise RefusedError(403, "not a part of the page")
        self._send(answer)

    def _send_photo(self, key: str) -> None:
        path = self.server.site.photo(key)
        if path is None:
            raise RefusedError(403, "not a photo of the album")
        with opened(path) as found:
            if isinstance(found, Answer):
                self._send(found)
                return
            headers = {"Content-Type": found.kind, "Content-Length": str(found.size_bytes)}
            self._start(200, headers)
            if self.command != "HEAD":
                self._stream(found)

    def _stream(self, found: Original) -> None:
        sent = 0
        for block in found.blocks():
            self.wfile.write(block)
            sent += len(block)
        if sent < found.size_bytes:  # cut short meanwhile: the browser must not wait for the rest
            self.close_connection = True

    def _post(self) -> None:
        if named(self.path, self.server.token) != ACT:
            raise RefusedError(405, "GET or HEAD only")
        length = check_change(self.headers, self.headers["Host"])
        body = self.rfile.read(length)
        if len(body) < length:
            raise RefusedError(400, "cut short")
        self._send(self.server.site.act(_asked(body)))

    def _send(self, answer: Answer) -> None:
        length = str(len(answer.body))
        self._start(answer.status, {"Content-Type": answer.kind, "Content-Length": length})
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        if self.close_connection and self.command == "POST":
            self._drain()

    def _drain(self) -> None:
        """Read what a refused request sends on: closed before that, its answer would be lost."""
        self.wfile.flush()
        self.connection.settimeout(2)
        left = 2 * MOST_BYTES
        while left > 0 and (block := self.rfile.read1(min(left, 1 << 16))):
            left -= len(block)

    def _start(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        if status == 405:
            headers["Allow"] = ALLOWED
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in (SECURITY_HEADERS | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def send_error(self, code: int, *_: str | None) -> None:
        """Refuse what http.server could not read, as everything else is refused."""
        self.close_connection = True
        self.command = getattr(self, "command", None) or "GET"
        self.request_version = getattr(self, "request_version", "HTTP/1.1")
        status = 405 if code == 501 else code
        self._send(Answer(b"refused\n", "text/plain; charset=utf-8", status))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as http.server has it
        """Note requests in the log, without the token."""
        LOG.debug("%s", (format % args).replace(self.server.token, "TOKEN"))


def _asked(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(400, "no JSON") from None
    if not isinstance(asked, dict):
        raise RefusedError(400, "no JSON object")
    return asked
