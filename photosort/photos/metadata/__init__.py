"""When, where and with what a photo was taken, from its header, its name and its sidecars."""

from photosort.photos.metadata.facts import NO_FACTS, Facts, Stamp
from photosort.photos.metadata.read import VERSION, read_facts

__all__ = ["NO_FACTS", "VERSION", "Facts", "Stamp", "read_facts"]
