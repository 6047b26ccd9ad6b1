"""Write photosort/views/countries.tsv from CLDR as Babel ships it (`pip install babel`).

A line a country of ISO 3166, as tzdata lists them, and Kosovo: code, English name, its name in the
official language that most people there speak. Printed: send it to the file.
"""

import csv
import sys
from importlib.resources import files

from babel import Locale, UnknownLocaleError, localedata
from babel.core import get_global

SHORTER = {" SAR China": "", "Myanmar (Burma)": "Myanmar", "中國香港特別行政區": "香港"}
SHORTER |= {"中國澳門特別行政區": "澳門"}


def local_name(code: str) -> str | None:
    """Return what a country calls itself in its most spoken official language."""
    spoken = [
        (-facts["population_percent"], language)
        for language, facts in get_global("territory_languages").get(code, {}).items()
        if facts.get("official_status") in {"official", "de_facto_official"}
    ]
    for _, language in sorted(spoken):
        if not localedata.exists(language):
            continue
        try:
            name = Locale.parse(language).territories.get(code)
        except UnknownLocaleError:
            continue
        if name:
            return name
    return None


def main() -> None:
    """Print the table."""
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
    english = Locale("en").territories
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8").splitlines()
    for code in sorted(["XK", *(line[:2] for line in table if not line.startswith("#"))]):
        names = [english[code], local_name(code) or english[code]]
        for long, short in SHORTER.items():
            names = [name.replace(long, short) for name in names]
        out.writerow([code, *names])


if __name__ == "__main__":
    main()
