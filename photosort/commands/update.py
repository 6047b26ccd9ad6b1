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

import numpy as np

from photosort.commands.album import find_album, open_album
from photosort.commands.aside import without_found
from photosort.commands.embedding import look, note_links, recall
from photosort.commands.organize import Outcome, members_of
from photosort.commands.request import Request, absolute, require_photos
from photosort.commands.settings import ADDED_FROM, as_made, singly_added
from photosort.counts import counted
from photosort.errors import PhotosortError
from photosort.photos.paths import in_full, same_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.album.manifest import About, Manifest
    from photosort.album.plan import Group, Heading, Member, Plan
    from photosort.commands.embedding import Looked
    from photosort.commands.request import Progress
    from photosort.dec.arrays import Floats
    from photosort.embed.backbone import ModelSpec
    from photosort.photos.scan import Photo, Scan

ADDED = "added"  # the option of an album that counts photos filed since its clusters were made
DUE_SHARE = 0.2  # of an album's photos that were only filed: more, and clusters should be made anew
DUE_UNSURE = 0.5  # the same for new photos that fit no cluster well, of DUE_FROM or more
DUE_FROM = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    """A photo that an album did not hold, and the number of the cluster it goes to.

    `moved_from` is where it lay when it was last seen: then it is no new photo.
    """

    member: Member
    number: int
    moved_from: Path | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """The photos that an album did not hold, and the paths that lead to files it does hold."""

    photos: tuple[Arrival, ...]
    again: tuple[Path, ...]
    looked: Looked


@dataclass(frozen=True, slots=True)
class Filing:
    """An album with the new photos `filed` in it; `due` says why to organize anew, if that is.

    `repeated` are further paths to files of the scan or of the album.
    """

    plan: Plan
    about: About
    filed: tuple[Path, ...]
    repeated: tuple[Path, ...]
    due: str | None
    looked: Looked


def add(
    paths: Sequence[Path], album: Path | None, workers: int | None, progress: Progress
) -> Outcome:
    """File photos (files, or folders of them) into the clusters of an album."""
    out = find_album(album)
    named = tuple(in_full(path) for path in paths)
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in named)
    progress.stage("Scanning")
    found = find_photos(named, out)
    return _file(Request(tuple(folders), out, files=named, workers=workers), found, progress)


def update(request: Request, progress: Progress) -> Outcome:
    """File what is new in the sources of an album into its clusters."""
    return _file(*_rescan(request, progress), progress)


def rehearse_update(request: Request, progress: Progress) -> Outcome:
    """Do all that `update` does except to write the album."""
    from photosort.album.manifest import describe

    request, found = _rescan(request, progress)
    filing = propose_filing(open_album(request.out), found, request, progress)
    album = describe(filing.plan, filing.about)
    return Outcome(album, filing.repeated, filed=filing.filed, due=filing.due)


def _rescan(request: Request, progress: Progress) -> tuple[Request, Scan]:
    from photosort.album.missing import Present, refuse_replaced
    from photosort.photos.scan import scan

    sources, out = absolute(request)
    old = open_album(out)  # refused before the long work
    progress.stage("Scanning")
    found = scan(sources, exclude=[out], follow=request.follow, on_found=progress.advance)
    if not request.replaced_source:
        refuse_replaced(old, Present(sources, [photo.path for photo in found.photos]))
    if old.options.get("set_aside") is not None:
        found, _ = without_found(found, out, among=old)
    return replace(request, sources=sources, out=out), found


def find_photos(paths: Sequence[Path], out: Path) -> Scan:
    """Find the photos that `paths` are or hold. Raises PhotosortError for one that is not there."""
    from photosort.photos.scan import scan

    for path in paths:
        if not os.path.lexists(path):
            raise PhotosortError(f"{path}: no such file or folder; check the path")
        if path.is_relative_to(out):
            raise PhotosortError(f"{path}: lies in the album itself; name the original")
    folders = [path for path in paths if path.is_dir()]
    return scan(folders, files=[path for path in paths if not path.is_dir()], exclude=[out])


def _file(request: Request, found: Scan, progress: Progress) -> Outcome:
    """File the new ones of the photos `found`, and write the album at `request.out`."""
    from photosort.album import last
    from photosort.album.write import claim, write_album

    out = find_album(request.out)
    with claim(out, request.sources, open_album(out).link) as claimed:
        if claimed.old is None:
            raise PhotosortError(f"{out}: no album here any more; run photosort organize")
        if claimed.note:
            progress.note(claimed.note)
        filing = propose_filing(claimed.old, found, request, progress, portable=claimed.portable)
        progress.stage("Writing links", total=len(filing.plan.photos))
        written = write_album(claimed, filing.plan, filing.about, progress.advance)
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
    arrived = _dated(arrive(old, found, request, progress), progress)
    groups = _join(groups_of(old), arrived.photos)
    return planned(old, found, request, arrived, groups, portable=portable)


def arrive(old: Manifest, found: Scan, request: Request, progress: Progress) -> Arrived:
    """Look at the photos `found` that `old` does not hold, and find the cluster of each."""
    from photosort.catalog import Catalog

    before, spec = as_before(old)
    held = {photo.path for photo in old.photos}
    fresh = [photo for photo in found.photos if photo.path not in held]
    before = replace(before, workers=request.workers, fresh=request.fresh)
    with Catalog.open():  # an open catalog is not cleared between looking and reading
        looked = look([*standing(old), *fresh], spec, before, progress)
        features = recall(looked, spec)[0]
    arrivals, again = _receive(old, looked, features)
    return Arrived(tuple(arrivals), tuple(again), looked)


def _dated(arrived: Arrived, progress: Progress) -> Arrived:
    """Note when the photos that arrived were taken."""
    from photosort.commands.metadata import describe
    from photosort.commands.views import dated

    coming = {arrival.member.path for arrival in arrived.photos}
    described, _ = describe([p for p, _ in arrived.looked.photos if p.path in coming], progress)
    members = dated([arrival.member for arrival in arrived.photos], described)
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

    new = [arrival.member for arrival in arrived.photos if arrival.moved_from is None]
    about = _about(old, request, found, arrived.looked, len(new))
    asked = old.options.get("relative")
    relative = asked if isinstance(asked, bool) else None
    site = survey(find_album(request.out), about.sources, portable=portable, relative=relative)
    plan = plan_album(groups, site, old.link)
    filed = tuple(member.path for member in new)
    held = {photo.path for photo in old.photos}
    repeated = tuple(sorted({*found.repeated, *arrived.again} - held, key=os.fsencode))
    return Filing(plan, about, filed, repeated, _due(plan, about, new), arrived.looked)


def _receive(old: Manifest, looked: Looked, features: Floats) -> tuple[list[Arrival], list[Path]]:
    """Find the cluster for each photo that `old` does not hold, by `features` of all `looked`.

    Also returns the paths that lead to files it does hold under another path.
    """
    from photosort.grouping.confidence import LOW_CONFIDENCE, assign_new
    from photosort.titles.continuity import PhotoIndex

    index = PhotoIndex(old)
    number_of = {
        member.path: group.leaf.number for group in groups_of(old) for member in group.members
    }
    members = members_of(looked, [0.0] * len(looked.photos))
    new = [row for row, member in enumerate(members) if member.path not in number_of]
    again = _held_elsewhere(old, [members[row] for row in new])
    new = [row for row in new if members[row].path not in again]
    known = [row for row, member in enumerate(members) if number_of.get(member.path)]
    if not new:
        return [], list(again)
    if not known:
        raise PhotosortError(f"{old.out}: none of its photos can be read; is their disk connected?")
    labels = np.array([number_of[members[row].path] for row in known])
    numbers, sure = assign_new(features[new], features[known], labels)
    if old.options.get("misc") is True:
        numbers[sure < LOW_CONFIDENCE] = 0
    arrivals = []
    for row, number, confidence in zip(new, numbers.tolist(), sure.tolist(), strict=True):
        member = replace(members[row], confidence=confidence)
        twin = index.find(member.path, member.content_hash)
        if twin is None:
            arrivals.append(Arrival(member, number))
            continue
        folder, known_as = twin  # the file was moved or copied
        gone = None if os.path.lexists(known_as.path) else known_as.path
        member = replace(member, confidence=known_as.confidence)
        arrivals.append(Arrival(member, folder.leaf.number or 0, gone))
    return arrivals, list(again)


def _held_elsewhere(old: Manifest, members: Sequence[Member]) -> dict[Path, Path]:
    """Find the members that are files of the album under another path, as hard links are."""
    wanted = {member.content_hash for member in members} - {None}
    alike: dict[str | None, list[Path]] = {}
    for photo in old.photos:
        if photo.content_hash in wanted:
            alike.setdefault(photo.content_hash, []).append(photo.path)
    return {
        member.path: path
        for member in members
        for path in alike.get(member.content_hash, ())
        if same_file(member.path, path)
    }


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


def _about(old: Manifest, request: Request, found: Scan, looked: Looked, filed: int) -> About:
    """Collect what the manifest says: what was left out before and still is, and what is now."""
    from photosort.album.manifest import About

    here = {photo.path for photo in found.photos}
    left_out = {o.path: o for o in old.skipped if o.path not in here and os.path.lexists(o.path)}
    for skipped in (*found.skipped, *looked.failed):
        left_out[skipped.path] = skipped
    remarks = {r.path: r for r in old.remarks if os.path.lexists(r.path)}
    remarks |= {remark.path: remark for remark in looked.remarks}
    kinds = Counter(file.kind for file in found.unsupported)
    before = old.options.get(ADDED)
    return About(
        created=datetime.now(UTC),
        sources=tuple(dict.fromkeys((*old.sources, *request.sources))),
        skipped=tuple(left_out.values()),
        remarks=tuple(remarks.values()),
        unsupported=dict(Counter(old.unsupported) | kinds),
        options={
            **old.options,
            ADDED: filed + (before if isinstance(before, int) else 0),
            ADDED_FROM: list(singly_added(old, request)),
        },
    )


def _due(plan: Plan, about: About, new: Sequence[Member]) -> str | None:
    """Say why the clusters should be made anew, if they should."""
    from photosort.grouping.confidence import LOW_CONFIDENCE

    added, total = about.options[ADDED], len(plan.photos)
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


# ------------------------------------------------------------------------------ the album as it is


def as_before(manifest: Manifest) -> tuple[Request, ModelSpec]:
    """Say how the album was made: photos are to be compared by what the same network sees."""
    from photosort.embed.backbone import DEFAULT_MODEL, find_model

    model = manifest.options.get("model")
    request = Request(manifest.sources, model=model if isinstance(model, str) else DEFAULT_MODEL)
    return request, find_model(request.model)


def standing(manifest: Manifest) -> list[Photo]:
    """List the album's photos that are still there."""
    from photosort.photos.scan import Photo, identify

    found = (identify(photo.path) for photo in manifest.photos)
    return [photo for photo in found if isinstance(photo, Photo)]


def groups_of(manifest: Manifest) -> list[Group]:
    """Turn the clusters of an album back into groups, wherever in it their photos lie."""
    from photosort.album.plan import Group, Member

    members: dict[Heading, list[Member]] = {}
    for folder in manifest.folders:
        if folder.cluster is not None:
            members.setdefault(folder.cluster, []).extend(
                Member(p.path, p.confidence, p.content_hash, p.taken) for p in folder.photos
            )
    return [Group((heading,), tuple(some)) for heading, some in members.items()]
