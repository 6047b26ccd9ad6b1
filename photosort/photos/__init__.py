"""Files in, pixels and facts out: scan, decode, EXIF."""
