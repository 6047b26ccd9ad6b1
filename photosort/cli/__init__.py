"""The command line: parse, call one command function, show. The only place that sets exit codes.

Nothing here may import rich, TensorFlow, scikit-learn or numpy: `--help` answers at once. What a
command does is imported inside it for that reason, and `report` imports rich when it is used.
"""

from typing import Annotated

import typer

from photosort import __version__
from photosort.cli import (
    albums,
    bench,
    cache,
    correct,
    look,
    models,
    organize,
    review,
    scale,
    watch,
)
from photosort.cli.boundary import Commands, Group
from photosort.cli.logged import App

app = App(
    cls=Group,
    help="Sort photos into folders of links by what is in them. Originals are never touched.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: drawing boxes takes longer than all the rest
)


def print_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        typer.echo(f"photosort {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def photosort(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Show the help when no command is given."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command()(organize.organize)
app.command()(organize.add)
app.command()(watch.watch)
app.command()(scale.embed)
app.command()(review.review)
app.command("list")(albums.list_folders)
app.command()(albums.preview)
app.command()(look.find)
app.command()(look.sheet)
app.command()(look.gallery)
app.command()(albums.rename)
app.command()(correct.move)
app.command()(correct.merge)
app.command()(correct.split)
app.command()(correct.new)
app.add_typer(correct.corrections_app, name="corrections")
app.command()(albums.relink)
app.command()(albums.undo)
app.command()(bench.bench)
app.add_typer(look.export_app, name="export")
cache_app = App(cls=Commands, help="What photosort remembers of your photos.")
cache_app.command()(cache.info)
cache_app.command()(cache.clear)
app.add_typer(cache_app, name="cache")
models_app = App(cls=Commands, help="The networks that photos are looked at with.")
models_app.command("list")(models.list_models)
models_app.command()(models.check)
app.add_typer(models_app, name="models")
