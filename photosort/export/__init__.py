"""An album for other programs: XMP sidecars, a table, Immich. Never written beside an original."""
