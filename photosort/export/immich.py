"""An album in Immich: an album there for each folder here, found by the checksums of the photos.

Immich's HTTP API: `POST /assets/bulk-upload-check` names the asset that has a checksum (SHA-1,
base64), `GET` and `POST /albums` list and make albums, `PUT /albums/{id}/assets` adds to one.
Nothing is uploaded, and nothing there is removed or changed but albums that this module made, told
by their description; to those, assets are added.
"""

import base64
import hashlib
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photosort.album.manifest import Manifest
from photosort.errors import PhotosortError

BATCH = 1000  # checksums a request
TIMEOUT_S = 60
MARK = "Made by photosort: "  # then the folder in the album


@dataclass(frozen=True, slots=True)
class Sent:
    """Albums that Immich has now, assets in them, photos it does not know, photos unreadable."""

    albums: int
    assets: int
    unknown: tuple[Path, ...]
    unreadable: tuple[Path, ...]


class Immich:
    """A server, spoken to with an API key. Every call can raise PhotosortError."""

    def __init__(self, server: str, key: str) -> None:
        parts = urllib.parse.urlsplit(server)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise PhotosortError(f"{server}: not an http or https address; name one with --server")
        self.server = server.rstrip("/").removesuffix("/api")
        self.key = key

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Send a request, return the JSON of the answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"x-api-key": self.key, "Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self.server}/api{path}"
        # The scheme was checked above: never file: or ftp:.
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            advice = "check --key" if error.code in {401, 403} else "check --server"
            raise PhotosortError(
                f"{url}: answered {error.code} {error.reason}; {advice}"
            ) from error
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise PhotosortError(f"{url}: cannot be reached ({reason}); check --server") from error
        except (ValueError, RecursionError) as error:
            raise PhotosortError(f"{url}: the answer is not JSON; check --server") from error

    def assets(self, checksums: Sequence[str]) -> dict[str, str]:
        """Find the assets that have the checksums: {checksum: asset id}."""
        found = {}
        for first in range(0, len(checksums), BATCH):
            some = checksums[first : first + BATCH]
            items = [{"id": checksum, "checksum": checksum} for checksum in some]
            answer = self.call("POST", "/assets/bulk-upload-check", {"assets": items})
            for result in answer["results"]:
                if result.get("assetId") and not result.get("isTrashed"):
                    found[result["id"]] = result["assetId"]
        return found

    def own_albums(self) -> dict[str, str]:
        """List the albums that photosort made there: {folder: album id}."""
        albums: list[Mapping[str, str]] = self.call("GET", "/albums")
        return {
            album["description"].removeprefix(MARK): album["id"]
            for album in albums
            if (album.get("description") or "").startswith(MARK)
        }

    def make_album(self, name: str, folder: str) -> str:
        """Make an empty album; return its id."""
        made = self.call("POST", "/albums", {"albumName": name, "description": MARK + folder})
        return str(made["id"])

    def fill(self, album: str, assets: Sequence[str]) -> None:
        """Add assets to an album; those it has already stay once."""
        for first in range(0, len(assets), BATCH):
            ids = list(assets[first : first + BATCH])
            self.call("PUT", f"/albums/{urllib.parse.quote(album)}/assets", {"ids": ids})


def send(manifest: Manifest, immich: Immich) -> Sent:
    """Make or fill an album for each folder of the album. Raises PhotosortError."""
    checksums: dict[Path, str] = {}
    unreadable = []
    for photo in manifest.photos:
        try:
            checksums[photo.path] = checksum(photo.path)
        except OSError:
            unreadable.append(photo.path)
    try:
        assets = immich.assets(sorted(set(checksums.values())))
        albums, count = immich.own_albums(), 0
        for folder in manifest.folders:
            place = folder.place.as_posix()
            found = {assets.get(checksums.get(photo.path, "")) for photo in folder.photos}
            known = sorted(asset for asset in found if asset)
            if not known:
                continue
            pairs = zip(folder.headings, folder.place.parts, strict=True)
            name = " / ".join(heading.name or part for heading, part in pairs)
            if place not in albums:
                albums[place] = immich.make_album(name, place)
            immich.fill(albums[place], known)
            count += len(known)
    except (LookupError, TypeError, AttributeError) as error:
        raise PhotosortError(
            f"{immich.server}: the answer is not what Immich's API promises ({error!r});"
            " check --server and its version"
        ) from error
    unknown = tuple(path for path, one in checksums.items() if one not in assets)
    return Sent(len(albums), count, unknown, tuple(unreadable))


def checksum(path: Path) -> str:
    """Return the SHA-1 of a file's content in base64, as Immich keeps it. Raises OSError."""
    digest = hashlib.sha1(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return base64.b64encode(digest.digest()).decode("ascii")
