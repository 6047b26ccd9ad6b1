"""What was learned of each photo, kept in SQLite so that no photo is looked at twice.

The only SQL of photosort is in here.
"""

from photosort.catalog.catalog import IN_MEMORY, Catalog, Info
from photosort.catalog.opening import default_path

__all__ = ["IN_MEMORY", "Catalog", "Info", "default_path"]
