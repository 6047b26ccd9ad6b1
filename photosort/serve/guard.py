"""Who is answered: requests from this machine's own page, which has the token. Pure.

Another site that is open in the same browser can send requests here, but it cannot read the token,
which is the first part of every address. Host is checked as well, against names that another site
has pointed at this machine (DNS rebinding), and Origin where something would be changed.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from photosort.serve.records import RefusedError

if TYPE_CHECKING:
    from email.message import Message

#: A list of 50,000 photos is 1.4 MB.
MOST_BYTES = 4_000_000
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def check_host(host: str | None, port: int) -> None:
    """Refuse a request that was sent to another name than this machine's own."""
    if host not in {f"127.0.0.1:{port}", f"localhost:{port}"}:
        raise RefusedError(403, "not this host")


def named(target: str, token: str) -> str:
    """Give what a target names behind the token. Nothing in it is decoded or put in order."""
    head, _, rest = target.partition("/")
    given, slash, name = rest.partition("/")
    if head or not slash or not same(given, token):
        raise RefusedError(403, "not the address of the page")
    return name


def same(given: str, secret: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode("ascii"))


def check_change(headers: Message[str, str], host: str) -> int:
    """Refuse a change that another page asks for, or whose body is none; return its length."""
    if headers.get("Origin") != f"http://{host}":
        raise RefusedError(403, "not asked for by the page")
    if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise RefusedError(403, "not asked for by the page")
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise RefusedError(415, "not JSON")
    length = headers.get("Content-Length", "")
    if "Transfer-Encoding" in headers or not (length.isascii() and length.isdigit()):
        raise RefusedError(411, "no length")
    if int(length[:20]) > MOST_BYTES:
        raise RefusedError(413, "too long")
    return int(length)
