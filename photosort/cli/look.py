"""Commands that show or hand on an album: sheet, gallery, export."""

from pathlib import Path
from typing import Annotated

import typer

from photosort import report
from photosort.cli import opening
from photosort.cli.albums import complete_folder, small_pictures
from photosort.cli.boundary import Commands
from photosort.cli.logged import App
from photosort.cli.options import (
    AlbumOption,
    JsonOption,
    QuietOption,
    given_text,
    option_path,
)
from photosort.counts import counted

export_app = App(
    cls=Commands, help="An album for other programs; nothing is written beside a photo."
)


def sheet(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            help="The new file: .png, .jpg, .webp or .pdf.",
            metavar="FILE",
            parser=option_path,
        ),
    ],
    folders: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FOLDER",
            help="Folders of the album; all if none.",
            parser=given_text,
            autocompletion=complete_folder,
        ),
    ] = None,
    album: AlbumOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Photos of a folder at most.")] = 24,
    tile: Annotated[int, typer.Option(min=60, max=400, help="Pixels of a photo's side.")] = 200,
    quiet: QuietOption = False,
) -> None:
    """Draw a contact sheet, a page a folder, the photos surest to belong there first."""
    from photosort.commands.exhibit import draw_sheet
    from photosort.look.sheet import Style

    with report.progress(quiet=quiet) as progress:
        pages = draw_sheet(folders or [], album, out, Style(limit=limit, tile=tile), progress)
    if not quiet:
        report.line(f"{report.printable(out)}: {counted(pages, 'page')}")


def gallery(
    album: AlbumOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The page's folder.",
            show_default="ALBUM-gallery",
            metavar="DIR",
            parser=option_path,
        ),
    ] = None,
    manifest: Annotated[
        str | None,
        typer.Option(
            "--manifest",
            help="An album of photos in an object store, see organize --manifest; needs --out.",
            metavar="URL",
            parser=given_text,
        ),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    served: Annotated[
        bool,
        typer.Option(
            "--serve", help="Serve it on this machine, to correct the album, till Ctrl-C."
        ),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65_535, help="The port of --serve.", show_default="a free one"),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a page of the album that opens from disk, or serve one where it can be corrected."""
    from photosort.cli.serve import serve
    from photosort.commands.exhibit import make_gallery
    from photosort.commands.exhibit_remote import make_remote_gallery

    if served and out is not None:
        raise typer.BadParameter("--serve writes no page; leave out --out")
    if port is not None and not served:
        raise typer.BadParameter("--port is of --serve; pass that too")
    if manifest is not None and (album is not None or served or out is None):
        raise typer.BadParameter("--manifest goes with --out, without --album and --serve")
    if served:
        serve(album, port, open_page=open_page, as_json=as_json, quiet=quiet)
        return
    with report.progress(quiet=quiet) as progress:
        if manifest is not None and out is not None:
            made = make_remote_gallery(manifest, out, progress)
        else:
            made = make_gallery(album, out, progress)
    if as_json:
        unreadable = [report.printable(path) for path in made.unreadable]
        report.print_json({"page": str(made.page), "photos": made.count, "unreadable": unreadable})
    elif not quiet:
        lost = f", {len(made.unreadable)} of them no longer readable" if made.unreadable else ""
        report.line(f"{report.printable(made.page)}: {counted(made.count, 'photo')}{lost}")
    if open_page:
        opening.show(made.page)


def find(
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="PHOTO|FOLDER",
            help="A photo's path, or a folder of the album: cluster-3, 3 or its name.",
            parser=given_text,
            autocompletion=complete_folder,
        ),
    ],
    album: AlbumOption = None,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Among all photos ever looked at.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Photos at most.")] = 12,
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Find the photos most like a photo, or like those of a folder, the most alike first."""
    from photosort.commands.find import find_alike

    with report.progress(quiet=quiet or as_json) as progress:
        found = find_alike(wanted, album, limit, progress, everywhere=everywhere)
    if as_json:
        report.print_json(report.found_json(found))
        return
    with small_pictures() as small:
        report.show_found(found, small)


@export_app.command("xmp")
def xmp(
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="A new folder.", metavar="DIR", parser=option_path),
    ],
    album: AlbumOption = None,
) -> None:
    """Write XMP sidecars (IMG.jpg.xmp) with the groups as keywords into a new folder."""
    from photosort.commands.export import export_xmp

    written, too_long = export_xmp(album, out)
    report.line(f"{counted(written, 'sidecar')} in {report.printable(out)}")
    if too_long:
        names = report.printable(", ".join(too_long))
        report.line(f"Left out {len(too_long)}, the name too long for a sidecar's: {names}")


@export_app.command("csv")
def csv(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="A new file.",
            show_default="standard output",
            metavar="FILE",
            parser=option_path,
        ),
    ] = None,
    album: AlbumOption = None,
) -> None:
    """Write a table of the album: a row a photo."""
    from photosort.commands.export import export_csv

    text = export_csv(album, out)
    if text is not None:
        typer.echo(text.encode("utf-8"), nl=False)


@export_app.command("immich")
def immich(
    server: Annotated[
        str,
        typer.Option(
            help="Its address: http://immich.local:2283.", metavar="URL", parser=given_text
        ),
    ],
    key: Annotated[
        str | None,
        typer.Option(
            help="An API key.", show_default="$IMMICH_API_KEY", metavar="KEY", parser=given_text
        ),
    ] = None,
    album: AlbumOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the album's folders albums of an Immich server, by the checksums of its photos."""
    from photosort.commands.export import export_immich

    sent = export_immich(album, server, key)
    if as_json:
        report.print_json(
            {
                "albums": sent.albums,
                "assets": sent.assets,
                "unknown": [report.printable(path) for path in sent.unknown],
                "unreadable": [report.printable(path) for path in sent.unreadable],
            }
        )
        return
    albums = counted(sent.albums, "album")
    report.line(f"{counted(sent.assets, 'asset')} in {albums} of {report.printable(server)}")
    if sent.unknown:
        report.line(f"Not in Immich yet: {len(sent.unknown):,}; upload them, run it again")
    if sent.unreadable:
        report.line(f"No longer readable: {len(sent.unreadable):,}")
