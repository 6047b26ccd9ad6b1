"""Groups in, a tree of links on disk out."""
