"""Copy the gallery's front-end libraries from their npm packages, with licence and version.

    npm install photoswipe@5 world-atlas@2
    python docs/vendor_front_end.py node_modules

PhotoSwipe (MIT) is copied as it is. The land outlines of world-atlas (ISC; data of Natural Earth,
public domain) are decoded from TopoJSON to rings of longitude and latitude in tenths of a degree.
"""

import argparse
import json
import shutil
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "photosort" / "look" / "vendor"
PHOTOSWIPE = (
    "dist/umd/photoswipe.umd.min.js",
    "dist/umd/photoswipe-lightbox.umd.min.js",
    "dist/photoswipe.css",
)


def rings(topology: dict) -> list[list[int]]:
    """Decode the outer rings of all polygons of a quantised topology: [lon, lat, lon, lat ...]."""
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
        arcs.append(points)
    found = []
    for shape in topology["objects"]["land"]["geometries"]:
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for polygon in polygons:
            line: list[tuple[float, float]] = []
            for index in polygon[0]:
                line += arcs[index] if index >= 0 else arcs[~index][::-1]
            found.append([round(10 * value) for point in line for value in point])
    return found


def main() -> None:
    """Copy and convert."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("node_modules", type=Path)
    modules = parser.parse_args().node_modules
    VENDOR.mkdir(exist_ok=True)
    licences = []
    for name in ("photoswipe", "world-atlas"):
        package = modules / name
        about = json.loads((package / "package.json").read_text("utf-8"))
        licence = next(package.glob("LICENSE*")).read_text("utf-8")
        licences.append(f"{name} {about['version']} ({about['license']})\n\n{licence.strip()}\n")
    for file in PHOTOSWIPE:
        shutil.copyfile(modules / "photoswipe" / file, VENDOR / Path(file).name)
    topology = json.loads((modules / "world-atlas" / "land-110m.json").read_text("utf-8"))
    outlines = json.dumps(rings(topology), separators=(",", ":"))
    (VENDOR / "land.js").write_text(f"window.land = {outlines};\n", "utf-8")
    (VENDOR / "LICENCES.txt").write_text("\n\n".join(licences), "utf-8")


if __name__ == "__main__":
    main()
