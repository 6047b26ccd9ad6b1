"""The same for programs: what `--json` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from photosort.report.results import accounts

if TYPE_CHECKING:
    from photosort.album.manifest import Manifest
    from photosort.album.plan import Folder, Heading
    from photosort.album.undo import Undone
    from photosort.bench.output import Written
    from photosort.bench.run import Report
    from photosort.catalog import Info
    from photosort.commands.embed import Done
    from photosort.commands.organize import Outcome
    from photosort.commands.relink import Relinked


def outcome_json(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    """Describe a finished run, or a dry one: the album, and every file that is not in it."""
    manifest = outcome.album
    return {
        **album_json(manifest),
        "dry_run": dry_run,
        "files": accounts(outcome),
        "skipped": [{"path": str(s.path), "reason": s.reason} for s in manifest.skipped],
        "remarks": [{"path": str(r.path), "text": r.text} for r in manifest.remarks],
        "unsupported": dict(manifest.unsupported),
        "repeated": [str(path) for path in outcome.repeated],
        "filed": [str(path) for path in outcome.filed],
        "due": outcome.due,
        "kept": [{"place": str(k.place), "reason": k.reason} for k in outcome.kept],
    }


def undone_json(undone: Undone, *, dry_run: bool) -> dict[str, Any]:
    """Describe an undo: every entry removed or left, and the album that is there again."""
    back = undone.restored
    return {
        "album": str(undone.out),
        "dry_run": dry_run,
        "command": undone.command or None,
        "removed": [{"path": str(p.path), "place": str(p.place)} for p in undone.removed],
        "kept": [{"place": str(k.place), "reason": k.reason} for k in undone.kept],
        "restored": back and {"created": back.created, "photos": sum(1 for _ in back.photos)},
        "missing": [{"path": str(m.path), "reason": m.reason} for m in undone.missing],
    }


def relinked_json(found: Relinked, *, dry_run: bool) -> dict[str, Any]:
    """Describe what a relink found, and what it did not."""
    return {
        "album": str(found.out),
        "dry_run": dry_run,
        "moved": [{"from": str(old), "to": str(new)} for old, new in found.moved.items()],
        "gone": [str(path) for path in found.gone],
        "sources": [str(source) for source in found.sources],
    }


def album_json(manifest: Manifest) -> dict[str, Any]:
    """Describe an album with all its photos."""
    return {
        "album": str(manifest.out),
        "created": manifest.created,
        "command": manifest.command or None,
        "link": manifest.link,
        "sources": [str(source) for source in manifest.sources],
        "photos": sum(len(folder.photos) for folder in manifest.folders),
        "folders": [folder_json(manifest, folder) for folder in manifest.folders],
    }


def folder_json(manifest: Manifest, folder: Folder) -> dict[str, Any]:
    """Describe a folder: its headings, where each photo is, came from, and was taken."""
    total = sum(len(some.photos) for some in manifest.folders) or 1
    return {
        "name": folder.name,
        **heading_json(folder.leaf),
        "headings": [heading_json(heading) for heading in folder.headings],
        "reason": folder.reason,
        "count": len(folder.photos),
        "share": len(folder.photos) / total,
        "photos": [
            {
                "path": str(photo.path),
                "place": str(photo.place),
                "confidence": photo.confidence,
                **asdict(photo.taken),
            }
            for photo in folder.photos
        ],
    }


def embedded_json(done: Done) -> dict[str, Any]:
    """Describe what a store of features holds now."""
    return asdict(done)


def heading_json(heading: Heading) -> dict[str, Any]:
    """Describe a heading; it is `named` where the user gave the title."""
    return {
        "key": heading.key,
        "number": heading.number,
        "title": heading.name,
        "named": heading.given is not None,
    }


def comparison_json(found: Report, written: Written) -> dict[str, Any]:
    """Describe a comparison as its results.json does, and name its files."""
    from photosort.bench.output import as_json

    return {**as_json(found), "files": [str(path) for path in written.files]}


def cache_json(info: Info) -> dict[str, Any]:
    """Describe the catalog."""
    return {
        "path": str(info.path),
        "size_bytes": info.size_bytes,
        "photos": info.photos,
        "failures": info.failures,
        "models": dict(info.models),
        "thumbnails": info.thumbnails,
    }
