"""Reads exported runs with astropy, and compares each value, unit and description with the JSON lines."""

import json
import math
import sys
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.table import Table

folder = Path(sys.argv[1])
lines = (folder / "runs.jsonl").read_text().split("\n")
header = json.loads(lines[0])["atmos_runs"]
rows = [json.loads(line) for line in lines[1:] if line]
columns = {c["name"]: c for c in header["parameters"] + header["outputs"]}
# A unit without a form in the Virtual Observatory is written in the description.
units = {"mol/mol": u.dimensionless_unscaled, "K": u.K, "W m-2 K-1": u.Unit("W m-2 K-1"), "bar": u.bar, "": None, "S0": None}


def unescaped(text):
    """Undoes the escapes of an IPAC table, which are those of JSON."""
    return json.loads('"' + text.replace('"', '\\"') + '"')


def same(cell, value, text):
    masked = cell is np.ma.masked
    if value is None:
        return masked or str(cell) == ""
    if isinstance(value, (int, float)):
        return not masked and float(cell) == float(value) and math.copysign(1, float(cell)) == math.copysign(1, value)
    # Readers remove blanks at the ends of texts, and take an empty text for a missing one.
    return (masked and value == "") or text(str(cell)).strip() == value.strip()


def plain(text):
    return text


wrong = []
for name, form, text in (
    ("runs.csv", "ascii.ecsv", plain),
    ("runs.vot", "votable", plain),
    ("runs.tbl", "ascii.ipac", unescaped),
):
    table = Table.read(folder / name, format=form)
    if table.colnames != header["columns"] or len(table) != len(rows):
        wrong.append(f"{name}: {len(table)} rows, columns {table.colnames}")
        continue
    for column in table.colnames:
        for cell, row in zip(table[column], rows):
            value = row[column]
            if form == "votable" and isinstance(value, str):
                value = value.replace("\x1b", "\ufffd")
            if form == "ascii.ecsv" and isinstance(value, str):
                value = value.replace("\r\n", "\n")  # as astropy reads every text file
            if not same(cell, value, text):
                wrong.append(f"{name}: {column}: {cell!r} is not {value!r}")
                break
    comments = "\n".join(table.meta.get("comments", []))
    for column, about in columns.items():
        expected = units[about["unit"]]
        found = table[column].unit
        is_same = found is None if expected is None else str(found) == str(expected)
        # Outside of the Virtual Observatory the unit is unchanged, and astropy's reading of S0 does not matter.
        if not is_same and not (about["unit"] == "S0" and form != "votable"):
            wrong.append(f"{name}: the unit of {column} is {found!r}, not {expected!r}")
        description = about["description"]
        if form == "ascii.ipac":
            ok = json.dumps(description)[1:-1].replace('\\"', '"') in comments
        else:
            ok = (table[column].description or "").startswith(description)
        if not ok:
            wrong.append(f"{name}: the description of {column} is {table[column].description!r}")
if wrong:
    sys.exit("\n".join(wrong))
