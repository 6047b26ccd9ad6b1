"""Ways to look at an album."""
