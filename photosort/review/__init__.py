"""What is not worth keeping, and why: copies, blurred and dark photos, pictures that are no photos.

Pure functions of what the catalog knows; no file is looked at.
"""
