"""New photos into the folders of an album that is there: `add` and `organize --update`.

The clusters stay as they are; nothing is trained, and TensorFlow is not loaded.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from photosort.commands.album import find_album, open_album
from photosort.commands.arrivals import Arrival, Arrived, arrive
from photosort.commands.aside import without_found, without_rejected
from photosort.commands.embedding import note_links
from photosort.commands.organize import Outcome
from photosort.commands.references import groups_of
from photosort.commands.request import Request, absolute, require_photos
from photosort.commands.settings import ADDED_FROM, as_made, singly_added
from photosort.counts import counted
from photosort.errors import PhotosortError
from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.album.manifest import About, Manifest
    from photosort.album.plan import Group, Member, Plan
    from photosort.commands.embedding import Looked
    from photosort.commands.request import Progress
    from photosort.photos.scan import Scan

ADDED = "added"  # the option of an album that counts photos filed since its clusters were made
DUE_SHARE = 0.2  # of an album's photos that were only filed: more, and clusters should be made anew
DUE_UNSURE = 0.5  # the same for new photos that fit no cluster well, of DUE_FROM or more
DUE_FROM = 5


@dataclass(frozen=True, slots=True)
class Filing:
    """An album with the new photos `filed` in it; `due` says why to organize anew, if that is.

    `repeated` are further paths to files of the scan or of the album. `extends`: what the album has
    stays as it is, entries are only added.
    """

    plan: Plan
    about: About
    filed: tuple[Path, ...]
    repeated: tuple[Path, ...]
    due: str | None
    looked: Looked
    extends: bool = False


def add(
    paths: Sequence[Path], album: Path | None, workers: int | None, progress: Progress
) -> Outcome:
    """File photos (files, or folders of them) into the clusters of an album."""
    out = find_album(album)
    named = tuple(in_full(path) for path in paths)
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in named)
    progress.stage("Scanning")
    found = find_photos(named, out)
    return file_found(Request(tuple(folders), out, files=named, workers=workers), found, progress)


def update(request: Request, progress: Progress) -> Outcome:
    """File what is new in the sources of an album into its clusters."""
    return file_found(*rescan(request, progress), progress)


def rehearse_update(request: Request, progress: Progress) -> Outcome:
    """Do all that `update` does except to write the album."""
    from photosort.album.manifest import describe

    request, found = rescan(request, progress)
    filing = propose_filing(open_album(request.out), found, request, progress)
    album = describe(filing.plan, filing.about)
    return Outcome(album, filing.repeated, filed=filing.filed, due=filing.due)


def rescan(request: Request, progress: Progress) -> tuple[Request, Scan]:
    """Find what lies in the sources of an album now. Raises PhotosortError for another disk."""
    from photosort.album.missing import Present, refuse_replaced
    from photosort.commands.finding import find_files

    sources, out = absolute(request)
    old = open_album(out)  # refused before the long work
    progress.stage("Scanning")
    found = find_files(
        sources,
        exclude=[out],
        follow=request.follow,
        fresh=request.fresh,
        on_found=progress.advance,
    )
    if not request.replaced_source:
        refuse_replaced(old, Present(sources, [photo.path for photo in found.photos]))
    found, _ = without_rejected(found, old)
    if old.options.get("set_aside") is not None:
        found, _ = without_found(found, out, among=old)
    return replace(request, sources=sources, out=out), found


def find_photos(paths: Sequence[Path], out: Path) -> Scan:
    """Find the photos that `paths` are or hold. Raises PhotosortError for one that is not there."""
    from photosort.commands.finding import find_files

    for path in paths:
        if not os.path.lexists(path):
            raise PhotosortError(f"{path}: no such file or folder; check the path")
        if path.is_relative_to(out):
            raise PhotosortError(f"{path}: lies in the album itself; name the original")
    folders = [path for path in paths if path.is_dir()]
    return find_files(folders, files=[path for path in paths if not path.is_dir()], exclude=[out])


def file_found(request: Request, found: Scan, progress: Progress) -> Outcome:
    """File the new ones of the photos `found`, and write the album at `request.out`."""
    from photosort.album import last
    from photosort.album.album_json import NAME
    from photosort.album.write import claim, extend_album, write_album

    out = find_album(request.out)
    if not os.path.lexists(out / NAME):
        open_album(out)  # says so
    with claim(out, request.sources, None) as claimed:
        if claimed.old is None:
            raise PhotosortError(f"{out}: no album here any more; run photosort organize")
        if claimed.note:
            progress.note(claimed.note)
        filing = propose_filing(claimed.old, found, request, progress, portable=claimed.portable)
        total = len(filing.looked.photos) if filing.extends else len(filing.plan.photos)
        progress.stage("Writing links", total=total)
        write = extend_album if filing.extends else write_album
        written = write(claimed, filing.plan, filing.about, progress.advance)
    if filing.plan.link == "hardlink":
        note_links(photo for photo, _ in filing.looked.photos)
    if not last.remember(claimed.out):
        progress.note(last.forgotten(claimed.out))
    if filing.due:
        progress.note(filing.due)
    return Outcome(written.album, filing.repeated, written.kept, filing.filed, filing.due)


def propose_filing(
    old: Manifest, found: Scan, request: Request, progress: Progress, *, portable: bool = False
) -> Filing:
    """Plan the album `old` with those of the photos `found` in it that it does not hold yet."""
    from photosort.commands.update_views import file_in_tree

    out = find_album(request.out)
    made = as_made(old, out)
    flat = made.by == ("content",) and made.levels == 1
    if flat and any(len(some.headings) > 1 or some.leaf.number is None for some in old.folders):
        raise PhotosortError(f"{out}: has more than clusters; run photosort organize on it again")
    require_photos(request.sources, len(found.photos), found)
    request = replace(request, out=out)
    if not flat:
        return file_in_tree(old, found, request, progress, portable=portable)
    arrived = _with_facts(arrive(old, found, request, progress), made, progress)
    return _extended(old, found, request, arrived, portable=portable) or planned(
        old, found, request, arrived, _join(groups_of(old), arrived.photos), portable=portable
    )


def _with_facts(arrived: Arrived, made: Request, progress: Progress) -> Arrived:
    """Note when and where the photos that arrived were taken."""
    from photosort.commands.metadata import describe
    from photosort.commands.views import noted

    coming = {arrival.member.path for arrival in arrived.photos}
    described, _ = describe([p for p, _ in arrived.looked.photos if p.path in coming], progress)
    members = noted([arrival.member for arrival in arrived.photos], described, made)
    both = zip(arrived.photos, members, strict=True)
    return replace(arrived, photos=tuple(replace(one, member=member) for one, member in both))


def planned(
    old: Manifest,
    found: Scan,
    request: Request,
    arrived: Arrived,
    groups: Sequence[Group],
    *,
    portable: bool,
) -> Filing:
    """Plan the album of `groups`, which is `old` with the photos that `arrived`."""
    from photosort.album.folder import survey
    from photosort.album.plan import plan_album

    about = _about(old, request, found, arrived)
    out, relative = find_album(request.out), _asked_relative(old)
    site = survey(out, about.sources, portable=portable, relative=relative)
    return _filing(old, found, arrived, plan_album(groups, site, old.link), about)


def _extended(
    old: Manifest, found: Scan, request: Request, arrived: Arrived, *, portable: bool
) -> Filing | None:
    """Plan `old` with more entries in its folders; None where what is there has to change too."""
    from photosort.album.filing import join
    from photosort.album.folder import is_undisturbed, locate, on_one_disk, survey_folders
    from photosort.album.plan import Group, cluster

    about = _about(old, request, found, arrived)
    out, relative = locate(find_album(request.out)), _asked_relative(old)
    if relative is None:
        relative = on_one_disk(out, about.sources)
    moved = any(arrival.moved_from for arrival in arrived.photos)
    if moved or (out, relative) != (old.out, old.relative) or not is_undisturbed(old):
        return None
    members: dict[int, list[Member]] = {}
    for arrival in arrived.photos:
        members.setdefault(arrival.number, []).append(arrival.member)
    places = [folder.place for folder in old.folders if (folder.leaf.number or 0) in members]
    groups = [Group((cluster(number),), tuple(some)) for number, some in members.items()]
    plan = join(old, groups, survey_folders(old, places, portable=portable))
    return replace(_filing(old, found, arrived, plan, about), extends=True)


def _asked_relative(old: Manifest) -> bool | None:
    asked = old.options.get("relative")
    return asked if isinstance(asked, bool) else None


def _filing(old: Manifest, found: Scan, arrived: Arrived, plan: Plan, about: About) -> Filing:
    new = [arrival.member for arrival in arrived.photos if arrival.moved_from is None]
    filed = tuple(member.path for member in new)
    held = {photo.path for photo in old.photos}
    repeated = tuple(sorted({*found.repeated, *arrived.again} - held, key=os.fsencode))
    return Filing(plan, about, filed, repeated, _due(plan, about, new), arrived.looked)


def _join(groups: Sequence[Group], arrivals: Sequence[Arrival]) -> list[Group]:
    """Add the arrivals to their groups; misc is made when it is needed first."""
    from photosort.album.plan import Group, cluster

    moved = {arrival.moved_from for arrival in arrivals}
    by_number = {group.leaf.number: group for group in groups}
    joined = {
        number: [m for m in group.members if m.path not in moved]
        for number, group in by_number.items()
    }
    for arrival in arrivals:
        joined.setdefault(arrival.number, []).append(arrival.member)
    return [
        replace(by_number.get(number, Group((cluster(number or 0),), ())), members=tuple(members))
        for number, members in joined.items()
    ]


def _about(old: Manifest, request: Request, found: Scan, arrived: Arrived) -> About:
    """Collect what the manifest says: what was left out before and still is, and what is now."""
    from photosort.album.manifest import About

    looked = arrived.looked
    filed = sum(arrival.moved_from is None for arrival in arrived.photos)
    here = {photo.path for photo in found.photos}
    left_out = {o.path: o for o in old.skipped if o.path not in here and os.path.lexists(o.path)}
    for skipped in (*found.skipped, *looked.failed):
        left_out[skipped.path] = skipped
    remarks = {r.path: r for r in old.remarks if os.path.lexists(r.path)}
    remarks |= {remark.path: remark for remark in looked.remarks}
    others: dict[Path, str] = {p: k for p, k in old.not_photos.items() if os.path.lexists(p)}
    others |= {file.path: file.kind for file in found.unsupported}
    kinds = Counter(others.values())
    if sum(old.unsupported.values()) > len(old.not_photos):  # an older version kept no paths
        kinds |= Counter(old.unsupported)
    before = old.options.get(ADDED)
    return About(
        created=datetime.now(UTC),
        command="add" if request.files else "update",
        sources=tuple(dict.fromkeys((*old.sources, *request.sources))),
        skipped=tuple(left_out.values()),
        remarks=tuple(remarks.values()),
        unsupported=dict(kinds),
        not_photos=others,
        options={
            **old.options,
            ADDED: filed + (before if isinstance(before, int) else 0),
            ADDED_FROM: list(singly_added(old, request)),
        },
        corrections=old.corrections,
    )


def _due(plan: Plan, about: About, new: Sequence[Member]) -> str | None:
    """Say why the clusters should be made anew, if they should."""
    from photosort.grouping.confidence import LOW_CONFIDENCE

    added, total = about.options[ADDED], sum(len(folder.photos) for folder in plan.folders)
    unsure = sum(member.confidence < LOW_CONFIDENCE for member in new)
    if len(new) >= DUE_FROM and unsure > DUE_UNSURE * len(new):
        why = f"{unsure:,} of {counted(len(new), 'new photo')} fit no cluster well"
    elif isinstance(added, int) and added > DUE_SHARE * total:
        why = f"{added:,} of {counted(total, 'photo')} came after the clusters were made"
    else:
        return None
    return (
        f"{why}; photosort organize without --update makes the clusters anew and keeps their names"
    )
