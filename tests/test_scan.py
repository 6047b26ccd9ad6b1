"""Scanning: every visible file of a folder ends in exactly one list, and none is touched."""

import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from photosort.errors import PhotosortError
from photosort.photos import scan as scanning
from photosort.photos.copies import is_dataless
from photosort.photos.formats import photo_format, reads_jxl, unsupported_kind
from photosort.photos.paths import FileKey, open_to_read
from photosort.photos.scan import Scan, scan
from photosort.photos.walk import ALBUM_MARKER
from tests.conftest import REPO, snapshot

NOT_PHOTOS = {
    "clip.mp4": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video"),
    "clip.MOV": (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video"),
    "old.mov": (b"\0\0\x10\0moov\0\0\0\x6cmvhd", "video"),
    "clip.avi": (b"RIFF\x10\0\0\0AVI LIST", "video"),
    "clip.mkv": (b"\x1aE\xdf\xa3\x01\0\0\0", "video"),
    "stream.mts": (b"\0\0\0\0G@\0\x10", "video"),
    "shot.cr2": (b"II*\0\x10\0\0\0CR\2\0", "raw"),
    "shot.jpg": (b"II*\0\x10\0\0\0CR\2\0", "raw"),
    "shot.cr3": (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "raw"),
    "shot.NEF": (b"MM\0*\0\0\0\x08", "raw"),
    "shot.dng": (b"II*\0\x08\0\0\0", "raw"),
    "shot.orf": (b"IIRO\x08\0\0\0", "raw"),
    "shot.rw2": (b"IIU\0\x18\0\0\0", "raw"),
    "shot.raf": (b"FUJIFILMCCD-RAW 0201", "raw"),
    "photo.jpg.json": (b'{"title": "photo.jpg"}', "sidecar"),
    "photo.xmp": (b"<x:xmpmeta/>", "sidecar"),
    "photo.aae": (b"<?xml", "sidecar"),
    "clip.thm": (b"\xff\xd8\xff\xe0", "sidecar"),
    "picture.jp2": (b"\0\0\0\x0cjP  \r\n\x87\n", "other"),
    "drawing.svg": (b"<svg xmlns=", "other"),
    "drawing.psd": (b"8BPS\0\1", "other"),
    "paper.pdf": (b"%PDF-1.7", "other"),
    "notes.txt": (b"BMW, the car", "other"),
    "no suffix": (b"hello", "other"),
}


def write_photo(path: Path, shade: int = 0, image_format: str = "JPEG") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (shade % 256, shade // 256, 0)).save(path, image_format)
    return path


def names(found: Scan, root: Path) -> list[str]:
    return [str(photo.path.relative_to(root)) for photo in found.photos]


def all_paths(found: Scan) -> list[Path]:
    entries = (*found.photos, *found.skipped, *found.unsupported)
    return [*(entry.path for entry in entries), *found.repeated]


def test_photos_are_known_by_content(tmp_path: Path) -> None:
    """Every format is found by its bytes, under the right suffix, a wrong one and none."""
    for image_format in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"):
        for name in (f"a.{image_format}", f"{image_format}.txt", f"{image_format}-bare"):
            write_photo(tmp_path / name, image_format=image_format)
    before = snapshot(tmp_path)
    found = scan([tmp_path])
    assert all(photo.format in photo.path.name for photo in found.photos)
    assert len(found.photos) == 21
    assert all(photo.path.stat().st_size == photo.size_bytes for photo in found.photos)
    assert all(photo.path.stat().st_mtime_ns == photo.mtime_ns for photo in found.photos)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("brands", "image_format"),
    [
        (b"heic\0\0\0\0mif1heic", "HEIF"),
        (b"heix\0\0\0\0mif1heix", "HEIF"),
        (b"hevc\0\0\0\0msf1hevc", "HEIF"),
        (b"mif1\0\0\0\0mif1heic", "HEIF"),
        (b"mif1\0\0\0\0mif1avif", "AVIF"),
        (b"avif\0\0\0\0avifmif1", "AVIF"),
        (b"avis\0\0\0\0msf1avis", "AVIF"),
        (b"mp42\0\0\0\0isommp42", None),
        (b"crx \0\0\0\1crx isom", None),
    ],
)
def test_heif_and_avif_are_told_apart(brands: bytes, image_format: str | None) -> None:
    """The container's brands say HEIF, AVIF or neither; brands behind the first box count not."""
    box = (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands
    assert photo_format(box + b"avifheic", ".mp4") == image_format


@pytest.mark.parametrize("name", NOT_PHOTOS)
def test_what_is_no_photo_has_a_kind(tmp_path: Path, name: str) -> None:
    """Videos, raw files, sidecars and others are named as what they are."""
    content, kind = NOT_PHOTOS[name]
    (tmp_path / name).write_bytes(content)
    found = scan([tmp_path])
    assert [(file.path.name, file.kind) for file in found.unsupported] == [(name, kind)]
    assert not found.photos
    assert not found.skipped


def test_empty_and_mislabelled_files_are_skipped_with_a_reason(tmp_path: Path) -> None:
    """A file without bytes, and a text that calls itself a photo, say why they do not count."""
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("not a picture at all")
    assert [(entry.path.name, entry.reason) for entry in scan([tmp_path]).skipped] == [
        ("empty.jpg", "empty file"),
        ("text.jpg", "not an image: named .jpg, holds something else"),
    ]


def test_hidden_things_stay_out_of_sight(tmp_path: Path) -> None:
    """Hidden, AppleDouble, thumbnail, bin and snapshot entries appear in no list."""
    for place in (
        ".hidden.jpg", "._photo.jpg", ".thumbnails/a.jpg", "@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg",
        "Thumbs.db", "desktop.ini", "$RECYCLE.BIN/a.jpg", "#recycle/a.jpg", "__MACOSX/._a.jpg",
        "#snapshot/GMT+02-2024.05.06/a.jpg", ".zfs/snapshot/daily/a.jpg", "~snapshot/a.jpg",
        ".@__thumb/default_a.jpg", "@Recycle/a.jpg", "@Recently-Snapshot/a.jpg", ".snapshots/a.jpg",
        "RECYCLER/S-1-5/a.jpg", "Backups.backupdb/Mac/Latest/a.jpg", ".dtrash/files/a.jpg",
        "files_trashbin/files/a.jpg.d170", "files_versions/a.jpg.v170", ".stversions/a~2024.jpg",
        "SYNOFILE_THUMB_M.jpg", "SYNOPHOTO_THUMB_XL.jpg",
    ):  # fmt: skip
        write_photo(tmp_path / place)
    write_photo(tmp_path / "resources/a.jpg")
    write_photo(tmp_path / "snapshots/a.jpg")
    found = scan([tmp_path])
    assert names(found, tmp_path) == ["resources/a.jpg", "snapshots/a.jpg"]
    assert len(all_paths(found)) == 2


LIBRARIES = {
    "Mine.photoslibrary": (
        ["originals/0/0A.heic", "Masters/2015/05/06/a.jpg"],
        ["resources/derivatives/0/0A_1_105_c.jpeg", "resources/renders/0/0A_1_201_a.jpeg",
         "resources/proxies/derivatives/a.jpg", "database/a.jpg", "private/a.jpg",
         "scopes/cloudsharing/data/a.jpg", "Thumbnails/a.jpg"],
    ),
    "iPhoto Library.photolibrary": (
        ["Masters/2012/a.jpg", "Originals/2009/Rome/b.jpg"],
        ["Previews/2012/a.jpg", "Thumbnails/2012/a.jpg", "Modified/2009/Rome/b.jpg",
         "Data.noindex/2009/Rome/b.jpg", "iPod Photo Cache/a.jpg"],
    ),
    "Aperture Library.aplibrary": (
        ["Masters/2013/a.jpg"], ["Previews/2013/a.jpg", "Thumbnails/2013/a.jpg", "Database/a.jpg"],
    ),
    "Lightroom Library.lrlibrary": (
        ["0a1b/originals/2020/2020-05-06/a.jpg"],
        ["0a1b/previews/0/a.jpg", "0a1b/Smart Previews/0/a.jpg"],
    ),
    "Lightroom": (
        ["2020/a.jpg"],
        ["Catalog Previews.lrdata/0/a.jpg", "Catalog Smart Previews.lrdata/0/a.jpg"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_gives_its_originals_once(tmp_path: Path, library: str) -> None:
    """Thumbnails, previews and renderings inside a photo library are no photos; originals are."""
    originals, copies = LIBRARIES[library]
    for shade, place in enumerate((*originals, *copies)):
        write_photo(tmp_path / library / place, shade)
    before = snapshot(tmp_path)
    for source in (tmp_path, tmp_path / library):
        found = scan([source])
        assert names(found, tmp_path / library) == sorted(originals)
        assert len(all_paths(found)) == len(originals)
    assert snapshot(tmp_path) == before


def test_a_library_that_was_taken_over_counts_once(tmp_path: Path) -> None:
    """Photos links the originals of the iPhoto library it was made from: one file, two names."""
    old = write_photo(tmp_path / "iPhoto Library.migratedphotolibrary/Masters/a.jpg")
    new = tmp_path / "Photos Library.photoslibrary/Masters/a.jpg"
    new.parent.mkdir(parents=True)
    new.hardlink_to(old)
    found = scan([tmp_path])
    assert len(found.photos) == len(found.repeated) == 1


def test_backups_of_photos_are_named_apart(tmp_path: Path) -> None:
    """What ExifTool and editors keep beside a photo is a backup; without that, it is the photo."""
    for name in ("a.jpg", "b.JPG", "c.png", "d.heic", "e.jpg"):
        write_photo(tmp_path / name)
    backups = ["a.jpg_original", "a.jpg~", "b.JPG.bak", "b.bak", "c.png.~2~", "e.jpg.orig"]
    photos = ["alone.jpg_original", "alone.jpg~", "alone.bak", "f.orig"]
    for shade, name in enumerate((*backups, *photos)):
        write_photo(tmp_path / name, shade)
    before = snapshot(tmp_path)
    found = scan([tmp_path])
    assert [entry.path.name for entry in found.unsupported] == sorted(backups)
    assert {entry.kind for entry in found.unsupported} == {"backup"}
    assert set(photos) <= {photo.path.name for photo in found.photos}
    assert len(found.photos) == 5 + len(photos)
    assert [p.path.name for p in scan([], files=[tmp_path / "a.jpg~"]).photos] == ["a.jpg~"]
    assert snapshot(tmp_path) == before


def test_what_is_not_downloaded_is_counted_and_not_read(tmp_path: Path) -> None:
    """ICloud's placeholders are photos, videos or others by the name they stand for."""
    write_photo(tmp_path / "a.jpg")
    for name in (".IMG_1.HEIC.icloud", ".IMG_2.jpg.icloud", ".clip.mov.icloud", ".notes.icloud"):
        (tmp_path / name).write_bytes(b"bplist00")
        (tmp_path / name).chmod(0)
    (tmp_path / ".icloud").write_bytes(b"hidden, and no placeholder")
    found = scan([tmp_path])
    assert [(entry.path.name, entry.reason) for entry in found.skipped] == [
        (".IMG_1.HEIC.icloud", "not downloaded: it lies in a cloud"),
        (".IMG_2.jpg.icloud", "not downloaded: it lies in a cloud"),
    ]
    assert [(entry.path.name, entry.kind) for entry in found.unsupported] == [
        (".clip.mov.icloud", "video"),
        (".notes.icloud", "other"),
    ]
    assert len(found.photos) == 1


@pytest.mark.parametrize(
    ("status", "dataless"),
    [
        ({}, False),
        ({"st_flags": 0x8000}, False),  # hidden
        ({"st_flags": 0x40000040}, True),  # macOS: dataless and compressed
        ({"st_file_attributes": 0x20}, False),  # archive
        ({"st_file_attributes": 0x1000}, True),  # Windows: offline
        ({"st_file_attributes": 0x400020}, True),  # OneDrive's files on demand
    ],
)
def test_files_whose_content_lies_elsewhere_are_known(status: dict, dataless: bool) -> None:
    """By the flags that macOS and Windows give them, which Linux has none of."""
    assert is_dataless(SimpleNamespace(**status)) == dataless


def test_a_hidden_folder_the_user_names_is_scanned(tmp_path: Path) -> None:
    """The rules of invisibility are for what lies below a source, not for the source."""
    write_photo(tmp_path / ".secret" / "a.jpg")
    assert len(scan([tmp_path / ".secret"]).photos) == 1


def test_albums_are_never_input(tmp_path: Path) -> None:
    """Excluded folders and any that hold photosort's marker are left out; a marked source errs."""
    write_photo(tmp_path / "a.jpg")
    write_photo(tmp_path / "out" / "b.jpg")
    album = write_photo(tmp_path / "album" / "c.jpg").parent
    album.joinpath(*ALBUM_MARKER).parent.mkdir()
    album.joinpath(*ALBUM_MARKER).touch()
    found = scan([tmp_path], exclude=[tmp_path / "out", tmp_path / "not yet there"])
    assert names(found, tmp_path) == ["a.jpg"]
    assert len(all_paths(found)) == 1
    with pytest.raises(PhotosortError, match="an album photosort made; name the folder of the"):
        scan([album])


def test_an_excluded_folder_is_known_under_any_name(tmp_path: Path) -> None:
    """Excluding works through a link to the folder and against a followed link into it."""
    out = write_photo(tmp_path / "out" / "a.jpg").parent
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "into").symlink_to(out)
    (tmp_path / "alias").symlink_to(out)
    assert not scan([tmp_path / "source"], exclude=[tmp_path / "alias"], follow=True).photos


def test_order_is_that_of_the_names_bytes(tmp_path: Path) -> None:
    """Whatever order the disk gives, the result is sorted by the bytes of the path."""
    wanted = ["B.jpg", "a.jpg", "a/b.jpg", "b.jpg", "é.jpg", "日本.jpg"]
    for shade, name in enumerate(reversed(wanted)):
        write_photo(tmp_path / name.replace("a/", "folder/"), shade)
    got = names(scan([tmp_path]), tmp_path)
    assert got == sorted(got, key=os.fsencode)
    assert scan([tmp_path]) == scan([tmp_path])


def test_links_to_files_count_as_the_file(tmp_path: Path) -> None:
    """A link to a photo elsewhere is that photo; beside the photo itself it is a repetition."""
    elsewhere = write_photo(tmp_path / "elsewhere" / "x.jpg", 1)
    inside = write_photo(tmp_path / "source" / "z.jpg", 2)
    (tmp_path / "source" / "a-link.jpg").symlink_to(inside)
    (tmp_path / "source" / "far.jpg").symlink_to(elsewhere)
    found = scan([tmp_path / "source"])
    assert names(found, tmp_path) == ["source/far.jpg", "source/z.jpg"]
    assert [path.name for path in found.repeated] == ["a-link.jpg"]


def test_hard_links_count_once(tmp_path: Path) -> None:
    """Two names of one file are one photo and one repetition."""
    first = write_photo(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").hardlink_to(first)
    found = scan([tmp_path])
    assert names(found, tmp_path) == ["a.jpg"]
    assert [path.name for path in found.repeated] == ["b.jpg"]


def test_equal_files_are_two_photos(tmp_path: Path) -> None:
    """Only the same file is a repetition; a copy is a photo of its own."""
    write_photo(tmp_path / "a.jpg")
    write_photo(tmp_path / "b.jpg")
    assert len(scan([tmp_path]).photos) == 2


def test_links_to_folders_are_named_and_entered_only_when_asked(tmp_path: Path) -> None:
    """Without `follow` a link to a folder is skipped with the remedy, with it its photos count."""
    outside = write_photo(tmp_path / "outside" / "a.jpg").parent
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "link").symlink_to(outside)
    (skipped,) = scan([tmp_path / "source"]).skipped
    assert skipped.reason == "link to a directory; photosort organize --follow enters it"
    assert names(scan([tmp_path / "source"], follow=True), tmp_path) == ["source/link/a.jpg"]


def test_loops_end(tmp_path: Path) -> None:
    """Links to parents, to each other and to themselves end; a folder keeps its own path."""
    photo = write_photo(tmp_path / "b" / "deep" / "a.jpg")
    (photo.parent / "up").symlink_to(tmp_path)
    (photo.parent / "self").symlink_to("self")
    (tmp_path / "a-to-b").symlink_to(tmp_path / "b")
    (tmp_path / "b" / "back").symlink_to(tmp_path / "a-to-b")
    before = snapshot(tmp_path)
    found = scan([tmp_path], follow=True)
    assert names(found, tmp_path) == ["b/deep/a.jpg"]
    assert [path.name for path in found.repeated] == ["a-to-b", "back", "up"]
    assert [(s.path.name, s.reason) for s in found.skipped] == [
        ("self", "link that leads to itself")
    ]
    assert snapshot(tmp_path) == before


def test_overlapping_sources_count_once(tmp_path: Path) -> None:
    """A folder named twice, with its parent, through `..` or a link brings each photo once."""
    write_photo(tmp_path / "a" / "1.jpg", 1)
    write_photo(tmp_path / "a" / "b" / "2.jpg", 2)
    (tmp_path / "alias").symlink_to(tmp_path / "a")
    a, b = tmp_path / "a", tmp_path / "a" / "b"
    for sources in ([a, b], [b, a], [a, a], [b / "..", a]):
        found = scan(sources)
        assert names(found, tmp_path) == ["a/1.jpg", "a/b/2.jpg"]
        assert not found.repeated
    assert scan([a, tmp_path / "alias"]).repeated == (tmp_path / "alias",)


def test_paths_keep_the_links_the_user_named(tmp_path: Path, monkeypatch) -> None:
    """Paths are absolute, start with the source as named, and are not resolved."""
    write_photo(tmp_path / "real" / "a.jpg")
    (tmp_path / "alias").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    assert [photo.path for photo in scan([Path("alias")]).photos] == [tmp_path / "alias/a.jpg"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
class Kept(dict[FileKey, str]):
    """Keeps what files were found to be, as the catalog does."""

    def formats(self, files: Sequence[FileKey]) -> list[str | None]:
        return [self.get(key) for key in files]

    def store_formats(self, found: Iterable[tuple[FileKey, str]]) -> None:
        self.update(found)


def test_a_file_that_is_known_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second scan finds the same and opens new, changed and mislabelled files alone."""
    Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg")
    Image.new("RGB", (4, 4)).save(tmp_path / "b.dat", "PNG")
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "wrong.jpg").write_text("no photo")
    kept = Kept()
    first = scan([tmp_path], formats=kept)
    assert scan([tmp_path]) == first
    assert sorted(kept.values()) == ["JPEG", "PNG", "video"]
    opened = []

    def noted(path: str) -> int:
        opened.append(Path(path).name)
        return open_to_read(path)

    monkeypatch.setattr(scanning, "open_to_read", noted)
    assert scan([tmp_path], formats=kept) == first
    assert opened == ["wrong.jpg"]
    os.utime(tmp_path / "a.jpg", (1, 1))
    Image.new("RGB", (4, 4)).save(tmp_path / "c.gif")
    del opened[:]
    found = scan([tmp_path], formats=kept)
    assert sorted(opened) == ["a.jpg", "c.gif", "wrong.jpg"]
    assert [photo.format for photo in found.photos] == ["JPEG", "PNG", "GIF"]
    kept.update(dict.fromkeys(kept, "<nonsense>"))
    assert scan([tmp_path], formats=kept) == found


def test_pipes_sockets_and_dangling_links_are_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would hang or fail when opened is skipped with a reason, and the scan ends."""
    monkeypatch.chdir(tmp_path)  # a socket's path may be 107 bytes at most
    os.mkfifo("pipe.jpg")
    Path("to-pipe.jpg").symlink_to("pipe.jpg")
    Path("dangling.jpg").symlink_to("nothing")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.jpg")
        found = scan([tmp_path])
    special = "a device, pipe or socket, not a file"
    assert {entry.path.name: entry.reason for entry in found.skipped} == {
        "pipe.jpg": special,
        "to-pipe.jpg": special,
        "socket.jpg": special,
        "dangling.jpg": "link to a missing file",
    }


@pytest.mark.parametrize(
    "name",
    [
        b"new\nline.jpg",
        b"[red]bold[reset].jpg",
        "🌻 émoji.jpg".encode(),
        b"invalid \xff\xfe.jpg",
        b"\x1b[31mescape.jpg",
        b"x" * 251 + b".jpg",
        "\N{RIGHT-TO-LEFT OVERRIDE}gpj.jpg".encode(),
        b" -rf *.jpg",
    ],
)
def test_any_name_is_carried_as_it_is(tmp_path: Path, name: bytes) -> None:
    """Names that terminals, markup or UTF-8 stumble over come back byte for byte."""
    plain = write_photo(tmp_path / "plain.jpg")
    try:
        plain.rename(tmp_path / os.fsdecode(name))
    except OSError as error:
        pytest.skip(f"this file system does not take the name: {error.strerror}")
    (photo,) = scan([tmp_path]).photos
    assert os.fsencode(photo.path.name) == name


def test_sources_that_cannot_be_scanned(tmp_path: Path) -> None:
    """A missing source and a file name the fact and the remedy."""
    photo = write_photo(tmp_path / "a.jpg")
    with pytest.raises(PhotosortError, match=r"nowhere: no such folder; check the path"):
        scan([tmp_path / "nowhere"])
    with pytest.raises(PhotosortError, match=r"a\.jpg: a file, not a folder; name the folder"):
        scan([photo])


UNPRIVILEGED = """
import json, os, sys
from pathlib import Path
from photosort.errors import PhotosortError
from photosort.photos.scan import scan
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    found = scan([Path(sys.argv[1])])
except PhotosortError as error:
    print(json.dumps(str(error)))
else:
    skipped = [[entry.path.name, entry.reason] for entry in found.skipped]
    print(json.dumps([[photo.path.name for photo in found.photos], skipped]))
"""


def scan_unprivileged(folder: Path):
    """Scan in a process that is not root, to whom no permission is denied."""
    command = [sys.executable, "-c", UNPRIVILEGED, str(folder)]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="this system has no user ids")
def test_what_may_not_be_read_is_skipped_and_the_scan_goes_on() -> None:
    """A locked file and a locked folder are named; their neighbours are found all the same."""
    with tempfile.TemporaryDirectory() as name:  # tmp_path lies in a folder closed to others
        root = Path(name)
        root.chmod(0o755)
        write_photo(root / "a.jpg")
        write_photo(root / "locked.jpg").chmod(0)
        locked = write_photo(root / "locked" / "b.jpg").parent
        listed_only = write_photo(root / "unreachable" / "d.jpg").parent
        locked.chmod(0)
        listed_only.chmod(0o444)
        try:
            found = scan_unprivileged(root)
            refused = scan_unprivileged(locked)
        finally:
            locked.chmod(0o700)
            listed_only.chmod(0o700)
    why = "no permission to read"
    assert found == [["a.jpg"], [["locked", why], ["locked.jpg", why], ["d.jpg", why]]]
    assert refused.endswith("locked: no permission to read; check its permissions and that its "
                            "disk is there")  # fmt: skip


def test_a_very_deep_tree_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders beyond the system's longest path are skipped with a reason, not a crash."""
    monkeypatch.chdir(tmp_path)
    for _ in range(30):
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    write_photo(Path("a.jpg"))
    write_photo(tmp_path / "b.jpg")
    found = scan([tmp_path])
    assert names(found, tmp_path) == ["b.jpg"]
    assert [entry.reason for entry in found.skipped] == ["path too long for this system"]


def test_progress_counts_photos(tmp_path: Path) -> None:
    """`on_found` hears 1, 2, 3 ... and only of photos."""
    for shade in range(3):
        write_photo(tmp_path / f"{shade}.jpg", shade)
    (tmp_path / "notes.txt").write_text("hello")
    heard: list[int] = []
    scan([tmp_path], on_found=heard.append)
    assert heard == [1, 2, 3]


CONTENTS = st.sampled_from(
    [b"", b"\xff\xd8\xff\xe0 photo", b"\x89PNG\r\n\x1a\n", b"text", b"II*\0", b"8BPS", b"GIF89a"]
)
FILE_NAMES = st.builds(
    "{}{}".format,
    st.sampled_from(["a", "B", "ü", "🌻", "[red]", "new\nline", ".hidden"]),
    st.sampled_from(["", ".jpg", ".NEF", ".txt", ".json", ".mp4"]),
)
TREES = st.recursive(
    st.dictionaries(FILE_NAMES, CONTENTS | st.none(), max_size=5),
    lambda inner: st.dictionaries(FILE_NAMES, CONTENTS | st.none() | inner, max_size=5),
    max_leaves=8,
)


def plant(folder: Path, tree: dict) -> None:
    """Write a tree of files (bytes), folders (dict) and links to the folder above (None)."""
    for name, content in tree.items():
        if isinstance(content, dict):
            (folder / name).mkdir()
            plant(folder / name, content)
        elif content is None:
            (folder / name).symlink_to("..")
        else:
            (folder / name).write_bytes(content)


def visible_leaves(folder: Path) -> list[Path]:
    """List what is neither hidden nor a folder of its own, without following links."""
    leaves = []
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            leaves.extend(visible_leaves(path))
        else:
            leaves.append(path)
    return leaves


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=TREES)
def test_every_visible_file_is_accounted_for_exactly_once(tree: dict) -> None:
    """Law: the lists together are the visible files, each once, and the tree is untouched."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "source")
        root.mkdir()
        plant(root, tree)
        before = snapshot(root)
        found = scan([root])
        assert sorted(all_paths(found)) == sorted(visible_leaves(root))
        assert all(stat.S_ISREG(photo.path.stat().st_mode) for photo in found.photos)
        assert snapshot(root) == before


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(head=st.binary(max_size=64), suffix=st.sampled_from(["", ".jpg", ".nef", ".thm", ".mp4"]))
def test_sniffing_takes_any_bytes(head: bytes, suffix: str) -> None:
    """Law: any first bytes are a photo of a format Pillow knows, or a kind, or neither."""
    formats = {None, "JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF", "JXL"}
    assert photo_format(head, suffix) in formats
    assert unsupported_kind(head, suffix) in {None, "video", "raw", "sidecar", "other"}


def test_camera_files_are_known(shared: Path) -> None:
    """Real camera files: every one a photo, but the sidecars, and JPEG XL without its decoder."""
    fixtures = shared / "fixtures"
    before = snapshot(fixtures)
    found = scan([fixtures / part for part in ("dated", "formats", "gps", "orientation")])
    assert {file.path.suffix for file in found.unsupported} == {".xmp"}
    assert {s.path.suffix for s in found.skipped} == (set() if reads_jxl() else {".jxl"})
    assert snapshot(fixtures) == before
