"""Copies of photos that systems, libraries and editors keep, and files that lie in a cloud.

Names are compared in lower case: most of the file systems these lie on ignore case.
"""

import os
import re
from collections.abc import Set as AbstractSet
from typing import Final

from photosort.photos.formats import PHOTO_SUFFIXES

#: Folders of thumbnails, bins, snapshots and bookkeeping; like hidden ones, never entered.
INVISIBLE_FOLDERS: Final = frozenset(
    {
        "@eadir",  # Synology
        "#recycle",
        "#snapshot",
        "@sharesnap",
        "@__thumb",  # QNAP
        "@recycle",
        "@recently-snapshot",
        "~snapshot",  # NetApp
        "trashbox",  # Buffalo
        "recycle bin",  # Netgear, Asustor
        "$recycle.bin",  # Windows
        "recycler",
        "recycled",
        "system volume information",
        "__macosx",  # macOS
        "network trash folder",
        "temporary items",
        "backups.backupdb",
        "lost.dir",  # Android
        "lost+found",
        "files_trashbin",  # Nextcloud
        "files_versions",
    }
)
INVISIBLE_FILES: Final = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
#: Synology's thumbnails, which some tools carry out of @eaDir.
_INVISIBLE_PREFIXES: Final = ("synofile_thumb_", "synophoto_thumb_")

#: Lightroom's previews; folders of this name are nothing else.
_PREVIEW_SUFFIX: Final = ".lrdata"
#: The libraries of Photos, iPhoto and Aperture, those that Photos took over included.
_APPLE_LIBRARIES: Final = (
    ".photoslibrary",
    ".photolibrary",
    ".migratedphotolibrary",
    ".aplibrary",
    ".migratedaplibrary",
)
#: What lies in them beside the originals: reduced copies, renderings of edited photos, databases.
_APPLE_COPIES: Final = frozenset(
    {
        "resources",
        "thumbnails",
        "previews",
        "modified",
        "data",
        "data.noindex",
        "database",
        "private",
        "internal",
        "external",
        "scopes",
        "attachments",
        "masks",
        "caches",
        "ipod photo cache",
        "apple tv photo cache",
    }
)
#: Lightroom's own library keeps its copies below a folder a catalog.
_ADOBE_LIBRARY: Final = ".lrlibrary"
_ADOBE_COPIES: Final = frozenset(
    {"previews", "smart previews", "smartpreviews", "proxies", "renditions", "thumbnails"}
)

#: What ExifTool, editors and Emacs add to the name of a file they are about to change.
_BACKUP: Final = re.compile(r"(.+?)(?:_original|\.~\d+~|~|\.bak|\.orig)", re.DOTALL)
_BACKUP_ENDS: Final = ("_original", "~", ".bak", ".orig")

_PLACEHOLDER: Final = ".icloud"
#: Set for a file whose content is fetched when it is read: SF_DATALESS in macOS' sys/stat.h;
#: OFFLINE, RECALL_ON_OPEN and RECALL_ON_DATA_ACCESS of Windows' file attributes.
_DATALESS_FLAG: Final = 0x40000000
_DATALESS_ATTRIBUTES: Final = 0x1000 | 0x40000 | 0x400000


def is_copies_folder(name: str, parent: str) -> bool:
    """Return whether a folder of this `name`, in lower case, in `parent` holds copies alone."""
    if name in INVISIBLE_FOLDERS or name.endswith(_PREVIEW_SUFFIX):
        return True
    if name in _APPLE_COPIES and parent.lower().endswith(_APPLE_LIBRARIES):
        return True
    return name in _ADOBE_COPIES and _ADOBE_LIBRARY in parent.lower()


def is_bookkeeping(name: str) -> bool:
    """Return whether a file of this `name`, in lower case, is one that systems leave there."""
    return name in INVISIBLE_FILES or name.startswith(_INVISIBLE_PREFIXES)


def is_backup(name: str, siblings: AbstractSet[str]) -> bool:
    """Return whether a file is what was kept of another of the same folder before a change.

    `siblings` are the names in the folder. Without the other file it is the photo itself.
    """
    if not name.endswith(_BACKUP_ENDS):
        return False
    match = _BACKUP.fullmatch(name)
    if match is None:
        return False
    stem = match[1]
    suffixes = (*PHOTO_SUFFIXES, *(suffix.upper() for suffix in PHOTO_SUFFIXES))
    return stem in siblings or any(stem + suffix in siblings for suffix in suffixes)


def placeholder_for(name: str) -> str | None:
    """Give the name of the file that iCloud's placeholder `name` stands for; None: it is none."""
    if not name.endswith(_PLACEHOLDER) or not name.startswith("."):
        return None
    return name[1 : -len(_PLACEHOLDER)] or None


def is_dataless(status: os.stat_result) -> bool:
    """Return whether reading a file would first fetch it from a cloud."""
    flags, attributes = getattr(status, "st_flags", 0), getattr(status, "st_file_attributes", 0)
    return bool(flags & _DATALESS_FLAG or attributes & _DATALESS_ATTRIBUTES)
