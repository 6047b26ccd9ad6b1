"""XMP sidecars: the groups of a photo as keywords that Lightroom, digiKam and darktable read.

`dc:subject` is an unordered list of keywords (XMP specification part 1, 7.5 and part 2, 1.2.1);
`lr:hierarchicalSubject` holds the same as paths, `|` between the levels (Adobe Lightroom).
"""

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from xml.sax.saxutils import escape

from photosort.album.manifest import Manifest
from photosort.export.subjects import described

HEAD = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="photosort">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/">
"""
TAIL = """  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def packet(headings: tuple[str, ...]) -> str:
    """Return the sidecar of a photo that stands under `headings`, from the top."""
    subjects = tuple(dict.fromkeys(map(keyword, headings)))
    return (
        HEAD
        + bag("dc:subject", subjects)
        + bag("lr:hierarchicalSubject", ("|".join(map(keyword, headings)),))
        + TAIL
    )


def bag(name: str, items: Iterable[str]) -> str:
    """Write a property that is an unordered list."""
    lines = "".join(f"     <rdf:li>{escape(item)}</rdf:li>\n" for item in items)
    return f"   <{name}>\n    <rdf:Bag>\n{lines}    </rdf:Bag>\n   </{name}>\n"


def keyword(name: str) -> str:
    """Make a name a keyword: `|` parts levels, and XML holds no control characters."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("|", "/")
    kept = (" " if unicodedata.category(char) in {"Cc", "Cs"} else char for char in text)
    return "".join(kept)


def sidecars(manifest: Manifest) -> dict[PurePosixPath, str]:
    """Return every sidecar by its place: `IMG.jpg.xmp` in the folders its photo has below a source.

    With several sources each has a folder of its own, told apart by its name and number.
    """
    homes = source_folders(manifest.sources)
    result: dict[PurePosixPath, str] = {}
    for one in described(manifest):
        source = next((s for s in homes if one.path.is_relative_to(s)), None)
        inside = one.path.relative_to(source) if source else Path(one.path.name)
        home = homes[source] if source else "elsewhere"
        result[PurePosixPath(home, inside.parent.as_posix(), f"{inside.name}.xmp")] = packet(
            one.headings
        )
    return result


def source_folders(sources: tuple[Path, ...]) -> dict[Path, str]:
    """Name a folder for each source, the deepest source first: none where there is only one."""
    if len(sources) == 1:
        return {sources[0]: ""}
    deepest = sorted(sources, key=lambda source: (-len(source.parts), os.fsencode(source)))
    return {source: f"{number}-{source.name}" for number, source in enumerate(deepest, start=1)}
