"""Ways to cut an album: by time, place and event, and one inside the other. Pure functions."""
