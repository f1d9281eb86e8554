"""Made-up registers of any length, in the shape of Enhetsregisteret."""

import csv
from itertools import count, islice

from tests.coordination.conftest import SAMPLES

WEIGHTS = [3, 2, 7, 6, 5, 4, 3, 2]
MUNICIPALITIES = ["0301", "1103", "3201", "4204", "4601", "5001", "5601"]


def numbers():
    """Valid Norwegian organisation numbers of the 8 series, in order."""
    for number in count(80_000_000):
        weighed = sum(int(digit) * weight for digit, weight in zip(str(number), WEIGHTS, strict=True))
        if (check := -weighed % 11) < 10:
            yield f"{number}{check}"


def main_units(rows):
    """Rows with all the columns of the real file."""
    with (SAMPLES / "no_enheter_brreg.csv").open(encoding="utf-8", newline="") as file:
        pattern = next(csv.DictReader(file))
    for index, number in enumerate(islice(numbers(), rows)):
        yield pattern | {
            "organisasjonsnummer": number,
            "navn": f"PRØVEVERKSTED {index} AS",
            "forretningsadresse.kommunenummer": MUNICIPALITIES[index % len(MUNICIPALITIES)],
            "naeringskode1.kode": f"{10 + index % 23}.{index % 900 + 100}",
            "antallAnsatte": str(index % 400),
        }


def write_main_units(path, rows, change=None):
    """Write `rows` main units to a file; `change` may alter each."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = None
        for row in main_units(rows):
            if change:
                change(row)
            if writer is None:
                writer = csv.DictWriter(file, row.keys(), quoting=csv.QUOTE_ALL)
                writer.writeheader()
            writer.writerow(row)
