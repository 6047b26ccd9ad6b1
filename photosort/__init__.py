"""Sort photos into folders of links by what is in the pictures."""

__version__ = "0.1.0"
