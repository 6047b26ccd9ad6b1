"""Draw docs/images/organize.webp: what each cluster of an album holds, one row a cluster.

python docs/make_picture.py sample_photos-photosort
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from photosort.album.album_json import read_manifest
from photosort.photos.decode import decode

SIDE, GAP, LABEL, COLUMNS = 104, 6, 260, 8


def main() -> None:
    """Draw the album named on the command line."""
    album = read_manifest(Path(sys.argv[1]).absolute())
    rows = len(album.folders)
    size = (LABEL + COLUMNS * (SIDE + GAP) + GAP, rows * (SIDE + GAP) + GAP)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for row, cluster in enumerate(album.folders):
        top = GAP + row * (SIDE + GAP)
        draw.text((GAP, top + 30), cluster.name, "black", ImageFont.load_default(18))
        draw.text(
            (GAP, top + 56), f"{len(cluster.photos)} photos", "gray", ImageFont.load_default(15)
        )
        surest = sorted(cluster.photos, key=lambda photo: -photo.confidence)
        step = max(1, len(surest) // COLUMNS)  # from the surest to the least sure
        for column, photo in enumerate(surest[::step][:COLUMNS]):
            tile = ImageOps.fit(decode(photo.path, min_side=SIDE).image, (SIDE, SIDE))
            sheet.paste(tile, (LABEL + column * (SIDE + GAP), top))
    sheet.save(Path(__file__).parent / "images" / "organize.webp", quality=80, method=6)


if __name__ == "__main__":
    main()
