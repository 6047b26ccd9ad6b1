"""The order of the stages: scan, look, group, plan, write.

`propose` does everything that leaves the user's folders as they were and returns what an album
would hold; `organize` writes it, `rehearse` does not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from photosort.album.missing import Present, refuse_losses, refuse_replaced
from photosort.album.plan import Member
from photosort.commands.aside import leave_out
from photosort.commands.embedding import Looked, look, note_links, recall_scores
from photosort.commands.request import Request, absolute, require_enough, require_photos
from photosort.commands.views import cut_album, noted
from photosort.embed.backbone import find_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from photosort.album.folder import Kept
    from photosort.album.manifest import About, Manifest
    from photosort.album.plan import Group, Plan
    from photosort.commands.metadata import Described
    from photosort.commands.request import Progress
    from photosort.dec.arrays import Floats
    from photosort.embed.backbone import ModelSpec
    from photosort.grouping.groups import Grouping
    from photosort.grouping.rows import Stored
    from photosort.photos.scan import Scan


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an album would hold, what would be left out of it, and files reached twice."""

    plan: Plan
    about: About
    repeated: tuple[Path, ...]
    looked: Looked


@dataclass(frozen=True, slots=True)
class Outcome:
    """An album, files reached twice, and older entries of the album's folder that were kept.

    `filed` are the photos that joined clusters as they are, `due` says why to make those anew.
    """

    album: Manifest
    repeated: tuple[Path, ...]
    kept: tuple[Kept, ...] = ()
    filed: tuple[Path, ...] = ()
    due: str | None = None


def organize(request: Request, progress: Progress) -> Outcome:
    """Look at photos, group them, write their album, remember it as the last. PhotosortError."""
    from photosort.album import last
    from photosort.album.write import claim, write_album

    sources, out = absolute(request)
    with claim(out, sources, request.link) as claimed:
        if claimed.note:
            progress.note(claimed.note)
        proposal = propose(request, progress, claimed.old, portable=claimed.portable)
        progress.stage("Writing links", total=len(proposal.plan.photos))
        written = write_album(claimed, proposal.plan, proposal.about, progress.advance)
    if request.link == "hardlink":
        note_links(photo for photo, _ in proposal.looked.photos)
    if not last.remember(claimed.out):
        progress.note(last.forgotten(claimed.out))
    return Outcome(written.album, proposal.repeated, written.kept)


def rehearse(request: Request, progress: Progress) -> Outcome:
    """Do all that `organize` does except to write the album. Raises PhotosortError."""
    from photosort.album.folder import check_out, locate, previous_album
    from photosort.album.manifest import describe

    sources, out = absolute(request)
    check_out(out, sources)
    proposal = propose(request, progress, previous_album(locate(out)))
    return Outcome(describe(proposal.plan, proposal.about), proposal.repeated)


def propose(
    request: Request, progress: Progress, old: Manifest | None = None, *, portable: bool = False
) -> Proposal:
    """Look at the photos, group them and plan their album, which shall replace `old`.

    Raises PhotosortError where photos of `old` are missing the way they are when a disk is away.
    """
    from photosort.album.folder import survey
    from photosort.album.plan import plan_album
    from photosort.commands.metadata import clock_notes, describe

    sources, out = absolute(request)
    spec = find_model(request.model)  # before the long work: there may be no such network
    found = _scan(sources, out, request, progress, old)
    if "content" in request.by:
        looked, groups = _look_and_group(found, spec, request, progress, old)
        described, _ = describe([photo for photo, _ in looked.photos], progress)
        members = [member for group in groups for member in group.members]
    else:
        described, unread = describe(found.scan.photos, progress, fresh=request.fresh)
        members = [Member(one.photo.path, 1.0) for one in described]
        _refuse_missing(old, found.present(member.path for member in members), request)
        require_photos(sources, len(members), found.scan, unread)
        looked, groups = Looked((), tuple(unread)), []
    if request.by == ("content",):
        groups = with_facts(groups, described, request)
    else:
        if {"time", "event"} & set(request.by):
            for note in clock_notes(described):
                progress.note(note)
        groups = cut_album(request, members, described, groups, old)
    site = survey(out, sources, portable=portable, relative=request.relative)
    return Proposal(
        plan=plan_album(groups, site, request.link),
        about=replace(
            describe_run(request, sources, found.scan, looked),
            corrections=old.corrections if old else (),
        ),
        repeated=found.scan.repeated,
        looked=looked,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A scan of the `sources`, without the photos that are left out as rejected or set aside."""

    sources: tuple[Path, ...]
    scan: Scan
    aside: tuple[Path, ...]

    def present(self, photos: Iterable[Path], hashes: frozenset[str] | None = None) -> Present:
        """Say which photos there are: those that were left out, and `photos`."""
        return Present(self.sources, [*self.aside, *photos], (), hashes)


def _scan(
    sources: tuple[Path, ...], out: Path, request: Request, progress: Progress, old: Manifest | None
) -> _Found:
    """Find the photos to organize. Raises PhotosortError for too few, or a disk that is away."""
    from photosort.commands.finding import find_files

    progress.stage("Scanning")
    scan = find_files(
        sources,
        files=request.files,
        exclude=[out],
        follow=request.follow,
        fresh=request.fresh,
        on_found=progress.advance,
    )
    not_entered = [entry.path for entry in scan.skipped]
    refuse_losses(old, Present(sources, [photo.path for photo in scan.photos], not_entered))
    scan, aside = leave_out(scan, out, request, old)
    require_photos(sources, len(scan.photos), scan)
    require_enough(request, sources, len(scan.photos))
    return _Found(sources, scan, tuple(aside))


def _look_and_group(
    found: _Found, spec: ModelSpec, request: Request, progress: Progress, old: Manifest | None
) -> tuple[Looked, list[Group]]:
    """Look at the photos that were found, and group them by their content."""
    from photosort.catalog import Catalog

    with Catalog.open():  # an open catalog is not cleared between looking and reading
        looked = look(found.scan.photos, spec, request, progress)
        hashes = frozenset(digest.hex() for _, digest in looked.photos)
        present = found.present((photo.path for photo, _ in looked.photos), hashes)
        _refuse_missing(old, present, request)
        require_photos(found.sources, len(looked.photos), found.scan, looked.failed)
        require_enough(request, found.sources, len(looked.photos))
        return looked, propose_content(looked, request, progress, old)


def _refuse_missing(old: Manifest | None, present: Present, request: Request) -> None:
    """Raise PhotosortError where a source has lost its photos or holds others than before."""
    refuse_losses(old, present)
    if not request.replaced_source:
        refuse_replaced(old, present)


def propose_content(
    looked: Looked, request: Request, progress: Progress, old: Manifest | None
) -> list[Group]:
    """Group the photos that were looked at by what is in them; number and title the groups."""
    from photosort.commands.recalled import Recalled

    spec = find_model(request.model)
    scores = partial(recall_scores, looked, spec)
    return group_content(looked, (Recalled(looked, spec), scores), request, progress, old)


def group_content(
    looked: Looked,
    seen: tuple[Stored, Callable[[], Floats]],
    request: Request,
    progress: Progress,
    old: Manifest | None,
) -> list[Group]:
    """Group photos by what was `seen` in them: features (n, d), and what gives scores (n, 1000)."""
    from photosort.titles.kinds import under_kinds
    from photosort.titles.numbering import name_groups

    spec, (features, scores) = find_model(request.model), seen
    grouping = group(features, spec, request, progress)
    # After `group`, which sees to it that what they import imports no more than is used.
    from photosort.commands.learning import learn_from
    from photosort.grouping.groups import set_aside

    members = members_of(looked, grouping.confidence.tolist())
    grouping = learn_from(old, members, features, grouping, spec, request.seed)
    if request.misc:
        grouping = set_aside(grouping)
    members = members_of(looked, grouping.confidence.tolist())
    named = name_groups(members, grouping.labels, scores(), old)
    lost = [f'"{title}" is no more: its photos are in several clusters' for title in named.lost]
    for note in (*grouping.notes, *lost):
        progress.note(note)
    return under_kinds(named.groups, old) if request.levels > 1 else list(named.groups)


def group(features: Stored, spec: ModelSpec, request: Request, progress: Progress) -> Grouping:
    """Group the photos by their features (n, 1280)."""
    from photosort.commands.libraries import tensorflow_settings

    stages: list[str] = []

    def on_progress(stage: str, done: int, total: int) -> None:
        if stages[-1:] != [stage]:
            stages.append(stage)
            progress.stage(stage, total=total if total > 1 else None, unit="step")
        progress.advance(done)

    with tensorflow_settings():
        from photosort.commands.networks import pretrained_for
        from photosort.grouping.count import MAX_GROUPS
        from photosort.grouping.groups import group_features

        return group_features(
            features,
            clusters=request.clusters,
            bounds=(request.min_clusters or 1, request.max_clusters or MAX_GROUPS),
            seed=request.seed,
            pretrained=pretrained_for(spec),
            on_progress=on_progress,
        )


def with_facts(
    groups: Iterable[Group], described: Sequence[Described], request: Request
) -> list[Group]:
    """Note with each photo of the groups when and where it was taken."""
    groups = list(groups)
    members = iter(
        noted([member for group in groups for member in group.members], described, request)
    )
    return [replace(group, members=tuple(islice(members, len(group.members)))) for group in groups]


def members_of(looked: Looked, confidence: Iterable[float]) -> list[Member]:
    """Describe the photos for an album, each with its confidence."""
    return [
        Member(photo.path, sure, digest.hex())
        for (photo, digest), sure in zip(looked.photos, confidence, strict=True)
    ]


def describe_run(request: Request, sources: tuple[Path, ...], found: Scan, looked: Looked) -> About:
    """Return what a manifest holds beside its plan: when, from what, how, and what was left out."""
    from photosort.album.manifest import About

    return About(
        created=datetime.now(UTC),
        command="organize",
        sources=sources,
        skipped=(*found.skipped, *looked.failed),
        remarks=looked.remarks,
        unsupported=dict(Counter(file.kind for file in found.unsupported)),
        not_photos={file.path: file.kind for file in found.unsupported},
        options={
            "clusters": request.clusters,
            "min_clusters": request.min_clusters,
            "max_clusters": request.max_clusters,
            "model": request.model,
            "seed": request.seed,
            "follow": request.follow,
            "misc": request.misc,
            "set_aside": request.set_aside,
            "levels": request.levels,
            "relative": request.relative,
            "by": list(request.by),
            "every": request.every,
            "level": request.level,
            "language": request.language,
            "infer": request.infer,
        },
    )
