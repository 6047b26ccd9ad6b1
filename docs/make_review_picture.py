"""Draw docs/review.svg: what `photosort review` and `--show bursts` print.

    python docs/make_review_picture.py FOLDER

The sample photos are copied to FOLDER/Pictures, with bursts, a copy, a blurred and a dark photo
made of some of them.
"""

import io
import re
import shutil
import sys
from pathlib import Path

from PIL import Image, ImageEnhance, ImageFilter
from rich.console import Console
from rich.text import Text

from photosort.commands.review import Wanted, rehearse_review
from photosort.report import Quiet, console, results, review

SAMPLES = Path(__file__).parents[1] / "sample_photos"


def spoil(folder: Path) -> None:
    """Copy the sample photos and make shots and copies of some."""
    shutil.copytree(SAMPLES, folder)
    shutil.copy2(folder / "IMG_2041.jpg", folder / "IMG_2041 (1).jpg")
    for name in ("DSCN1180.JPG", "DSC_0047.JPG"):
        image = Image.open(folder / name)
        exif = image.getexif()
        camera = exif.get_ifd(0x8769)
        for second, shot in enumerate((
            image.filter(ImageFilter.GaussianBlur(1.5)),
            ImageEnhance.Brightness(image).enhance(0.6),
        )):  # fmt: skip
            camera[0x9003] = f"2023:05:20 10:11:1{second}"
            shot.save(folder / f"{Path(name).stem}-{second + 1}.jpg", exif=exif, quality=90)
        camera[0x9003] = "2023:05:20 10:11:12"
        image.save(folder / name, exif=exif, quality=95)
    turned = Image.open(folder / "DSC_0081.JPG").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turned.filter(ImageFilter.GaussianBlur(9)).save(folder / "IMG_4001.jpg")
    ImageEnhance.Brightness(turned).enhance(0.15).save(folder / "IMG_4002.jpg")


def main() -> None:
    """Draw what is printed for the folder named on the command line."""
    folder = Path(sys.argv[1]).absolute() / "Pictures"
    spoil(folder)
    found = rehearse_review(Wanted((folder,)), Quiet())
    recorder = Console(record=True, width=112, soft_wrap=True, highlight=False, file=io.StringIO())
    for module in (console, results, review):
        module.out = recorder
    recorder.print("$ photosort review Pictures --dry-run")
    review.show_reviewed(found, dry_run=True)
    recorder.print("$ photosort review Pictures --show bursts")
    only = {"bursts": found.found["bursts"]}
    review.show_findings(type(found)(only, found.photos, 0, (), ()), thumbnails=0)
    printed = recorder.export_text(styles=True).replace(f"{folder.parent}/", "")
    page = Console(record=True, width=80, file=io.StringIO(), highlight=False)
    page.print(Text.from_ansi(printed.rstrip()))  # positions are those of the shortened paths
    page.print()  # without it the frame cuts off the feet of the last line
    text = page.export_svg(title="photosort review")
    text = re.sub(r"@font-face \{.*?\}\s*", "", text, flags=re.DOTALL)  # nothing is fetched
    Path(__file__).with_name("review.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
