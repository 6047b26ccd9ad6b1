"""A small HTTP server for one page on this machine; it knows of albums only what `Site` tells."""
