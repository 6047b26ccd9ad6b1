"""How often the country is wrong near a border: by the nearest place, and by the zone's polygon.

    python benchmarks/places.py [--km 15]

Every place of the gazetteer with one of another country within so many km is looked up as if it
were not in it. Wrong is another country than the gazetteer's own.
"""

import argparse
from collections import Counter

import numpy as np
from scipy.spatial import cKDTree

from photosort.views.gazetteer import EARTH_KM, countries_at, gazetteer


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--km", type=float, default=15)
    arguments = parser.parse_args()
    known = gazetteer()
    tree = cKDTree(known.points)
    close = tree.query_ball_point(known.points, arguments.km / EARTH_KM)
    border = [
        row
        for row, others in enumerate(close)
        if (known.country[others] != known.country[row]).any()
    ]
    nearest = tree.query(known.points[border], k=2)[1][:, 1]
    by_nearest = known.country[nearest] != known.country[border]
    by_zone = []
    wrong: Counter[str] = Counter()
    for row in border:
        x, y, z = known.points[row]
        north, east = np.degrees(np.arcsin(z)), np.degrees(np.arctan2(y, x))
        codes = countries_at(float(north), float(east))
        if len(codes) > 1:  # the nearest other place of any of them
            others = [r for r in close[row] if r != row and known.country[r] in codes]
            gaps = [float(np.linalg.norm(known.points[r] - known.points[row])) for r in others]
            codes = (str(known.country[others[int(np.argmin(gaps))]]),) if others else codes[:1]
        by_zone.append(known.country[row] not in codes)
        if by_zone[-1]:
            wrong[f"{known.country[row]} as {codes[0] if codes else 'at sea'}"] += 1
    print(f"{len(border):,} places within {arguments.km:g} km of one in another country\n")
    print("| the country is that of | wrong |\n|---|---|")
    print(f"| the nearest place | {np.mean(by_nearest):.1%} |")
    print(f"| the zone's polygon, then the nearest place in it | {np.mean(by_zone):.2%} |\n")
    print(", ".join(f"{pair} ({count})" for pair, count in wrong.most_common()))


if __name__ == "__main__":
    main()
