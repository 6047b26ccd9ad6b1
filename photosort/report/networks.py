"""What is shown of networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from photosort.report.console import line, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.commands.networks import Checked, Network


def show_networks(networks: Sequence[Network]) -> None:
    """List the networks that ship."""
    for network in networks:
        more = ", the default" if network.default else ""
        side, width = network.input_side, network.feature_size
        line(f"{network.name}: EfficientNet-Lite, pictures {side} x {side}, {width} wide{more}")
    line("A file of your own: see docs/models.md; photosort models check FILE")


def networks_json(networks: Sequence[Network]) -> dict[str, Any]:
    """Describe the networks that ship."""
    return {
        "models": [
            {
                "name": network.name,
                "input_side": network.input_side,
                "width": network.feature_size,
                "default": network.default,
            }
            for network in networks
        ]
    }


def show_checked(checked: Checked) -> None:
    """Say that a network works, and what is left to do."""
    side = checked.input_side
    line(f"{printable(checked.path)}: {printable(checked.name)} can be used")
    line(f"pictures: {side} x {side}, {checked.seconds:.3f} s of one core for each")
    line(f"features: {checked.width} wide")
    line(f"licence: {printable(checked.licence)}")
    if not checked.in_card:
        line(f'Write "width": {checked.width} into its card')


def checked_json(checked: Checked) -> dict[str, Any]:
    """Describe a network that works."""
    return {
        "path": str(checked.path),
        "name": checked.name,
        "licence": checked.licence,
        "input_side": checked.input_side,
        "width": checked.width,
        "width_in_card": checked.in_card,
        "seconds": checked.seconds,
    }
