"""The readers, without a database: encodings, tables, JSON, cells."""

import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.enums import RegisterKind
from coordination.registers import cells
from coordination.registers.json_stream import read_objects
from coordination.registers.rows import Refusal, RowRefused, UnreadableFile
from coordination.registers.shapes import guess_kind, read_register
from coordination.registers.source import RegisterFile
from coordination.registers.tables import read_table
from tests.coordination.conftest import SAMPLES

pytestmark = pytest.mark.usefixtures("in_english")

HEADER = "fylkesnummer;fylke;kommunenummer;kommune;skolenavn;organisasjonsnummer;laveste_trinn;hoyeste_trinn"
ROW = "56;Finnmark;5603;Hammerfest - Hámmerfeasta;Akkarfjord oppvekstsenter;975279928;1;10"
SAMPLE_KINDS = [
    ("se_school_units_skolverket.json", RegisterKind.SE_SCHOOLS),
    ("se_school_units_page.json", RegisterKind.SE_SCHOOLS),
    ("no_schools_nsr_list.json", RegisterKind.NO_SCHOOLS_NSR),
    ("no_schools_nsr_detail.json", RegisterKind.NO_SCHOOLS_NSR),
    ("no_schools_grunnskole.csv", RegisterKind.NO_SCHOOLS_GRUNNSKOLE),
    ("no_enheter_brreg.csv", RegisterKind.NO_COMPANIES),
    ("no_underenheter_brreg.csv", RegisterKind.NO_WORKPLACES),
    ("synthetic_bolagsverket_bulk.txt", RegisterKind.SE_COMPANIES),
]


def table(text, columns=("a", "b"), encoding="utf-8"):
    return list(read_table(RegisterFile(io.BytesIO(text.encode(encoding))), columns))


def objects(text, wrappers=frozenset({"body"})):
    return list(read_objects(RegisterFile(io.BytesIO(text.encode())), wrappers))


@pytest.mark.parametrize(
    ("encoding", "recognised"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_and_delimiters_are_recognised(encoding, recognised, delimiter, line_end):
    text = line_end.join([HEADER, ROW, ""]).replace(";", delimiter)
    source = RegisterFile(io.BytesIO(text.encode(encoding)))

    (row,) = read_register(RegisterKind.NO_SCHOOLS_GRUNNSKOLE, source)

    assert source.encoding == recognised
    assert (row.line, row.name, row.municipality) == (2, "Akkarfjord oppvekstsenter", "5603")


def test_letters_of_windows_1252_survive():
    source = RegisterFile(io.BytesIO(f"{HEADER}\n{ROW.replace('Akkarfjord', 'Ørsta Åse – Háp')}\n".encode("cp1252")))
    (row,) = read_register(RegisterKind.NO_SCHOOLS_GRUNNSKOLE, source)
    assert row.name == "Ørsta Åse – Háp oppvekstsenter"


def test_one_damaged_letter_refuses_one_row_of_utf8():
    lines = [f"{HEADER}\n".encode()] + [f"{ROW}\n".encode() for _ in range(30)]
    lines[5] = lines[5].replace("á".encode(), b"\xe1")

    rows = list(read_register(RegisterKind.NO_SCHOOLS_GRUNNSKOLE, RegisterFile(io.BytesIO(b"".join(lines)))))

    assert [row.line for row in rows if isinstance(row, Refusal)] == [6]
    assert len(rows) == 30


def test_lines_before_the_header_are_skipped_and_lines_counted_as_in_the_file():
    text = f"Uttrekk fra registeret;;\nDato;2026-01-01\n\n{HEADER}\n{ROW}\n"
    (row,) = read_register(RegisterKind.NO_SCHOOLS_GRUNNSKOLE, RegisterFile(io.BytesIO(text.encode())))
    assert row.line == 5


@pytest.mark.parametrize(("name", "kind"), SAMPLE_KINDS)
def test_the_register_of_a_file_is_guessed(name, kind):
    with (SAMPLES / name).open("rb") as file:
        assert guess_kind(RegisterFile(file)) == kind


@pytest.mark.parametrize(("name", "kind"), SAMPLE_KINDS)
def test_a_file_of_another_register_is_named(name, kind):
    for other in set(RegisterKind) - {kind}:
        with (SAMPLES / name).open("rb") as file, pytest.raises(UnreadableFile, match="It looks like") as problem:
            list(read_register(other, RegisterFile(file)))
        assert str(kind.label) in str(problem.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"PK\x03\x04rest", "Excel workbook or a zip file"),
        (b"\xd0\xcf\x11\xe0rest", "Save it as CSV"),
        (b"\x1f\x8brest", "compressed"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x01\x02\x00\x07", "not a text file"),
        (b"a" * 70_000 + b"\x00", "not a text file"),
        (b"Namn;Klass\nKim;9B\n", "None of the first 30 lines is a header"),
        (b"x" * 1_100_000, "far too long"),
    ],
)
def test_a_file_that_is_no_register_is_named_in_words(content, words):
    with pytest.raises(UnreadableFile, match=words):
        list(read_register(RegisterKind.NO_COMPANIES, RegisterFile(io.BytesIO(content))))


def test_table_keeps_line_breaks_inside_quotes_and_counts_them():
    rows = table('a;b\n1;"two\nlines"\n2;x\n')
    assert rows == [(2, {"a": "1", "b": "two\nlines"}), (4, {"a": "2", "b": "x"})]


def test_table_takes_an_unclosed_quote_for_one_bad_row_only():
    rows = table('a;b\n1;"never closed\n2;x\n3;y\n4;z\n')
    assert [row for row in rows if not isinstance(row, Refusal)][-3:] == [
        (3, {"a": "2", "b": "x"}),
        (4, {"a": "3", "b": "y"}),
        (5, {"a": "4", "b": "z"}),
    ]
    assert rows[0] == (2, {"a": "1", "b": '"never closed'})


def test_table_reads_stray_and_doubled_quotes():
    rows = table('"a";"b"\n"1";"Felaktigt ""citat, i texten."\n2;Kalles 19" däck\n"3";"FOO "BAR" AS"\n')
    assert [row["b"] for __, row in rows] == ['Felaktigt "citat, i texten.', 'Kalles 19" däck', 'FOO "BAR" AS']


def test_table_refuses_a_row_with_other_columns_and_goes_on():
    rows = table("a;b\n1\n2;x;;\n;\n3;x;too many\n4;y\n")
    assert [row.line if isinstance(row, Refusal) else row[1]["a"] for row in rows] == [2, "2", 5, "4"]


def test_json_stream_gives_objects_with_their_lines():
    assert objects('{"status": "OK",\n"body": [\n{"a": 1},\n{"a": [2, {"b": 3}]}\n]}') == [
        (3, {"a": 1}),
        (4, {"a": [2, {"b": 3}]}),
    ]
    assert objects('[{"body": {"body": [{"a": 1}]}}, 7]') == [(1, {"a": 1}), (1, 7)]
    assert objects('{"a": {"b": []}}') == [(1, {"a": {"b": []}})]


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "å"]), st.text() | st.integers() | st.none())))
def test_json_stream_gives_what_json_gives(content):
    assert [value for __, value in objects(json.dumps(content, indent=1))] == content
    assert [value for __, value in objects(json.dumps({"body": content}, ensure_ascii=True))] == content


def test_json_stream_joins_values_across_blocks():
    content = [{"a": "å" * n, "n": 10**15 + n} for n in range(600)]
    assert [value for __, value in objects(json.dumps(content))] == content


@pytest.mark.parametrize("text", ['[{"a": 1}, {"a": ', '[{"a" 1}]', "[1 2]", "{1: 2}", '[{"a": 1}', "[" * 5000, "{,}"])
def test_json_stream_names_the_line_where_it_breaks(text):
    with pytest.raises(UnreadableFile, match="Line 2 is not JSON"):
        objects("\n" + text)


@given(content=st.binary(max_size=2000), kind=st.sampled_from(list(RegisterKind)))
def test_no_bytes_make_a_reader_raise_anything_but_unreadable(content, kind):
    with suppress(UnreadableFile):
        list(read_register(kind, RegisterFile(io.BytesIO(content))))


@pytest.mark.parametrize(("name", "kind"), SAMPLE_KINDS)
@given(data=st.data())
def test_no_damage_to_a_sample_makes_its_reader_raise_anything_but_unreadable(name, kind, data):
    content = bytearray((SAMPLES / name).read_bytes()[:6000])
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=20)):
        content[at] = byte
    with suppress(UnreadableFile):
        list(read_register(kind, RegisterFile(io.BytesIO(bytes(content)))))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "name", ["se_school_units_skolverket.json", "no_schools_nsr_detail.json", "no_schools_nsr_list.json"]
)
@given(data=st.data())
def test_units_with_values_of_any_shape_are_read_or_refused(name, data):
    content = json.loads((SAMPLES / name).read_text())
    units = content if isinstance(content, list) else content.get("body") or content["EnhetListe"]
    unit = dict(units[0])
    for key in data.draw(st.lists(st.sampled_from(sorted(unit)), max_size=4)):
        unit[key] = data.draw(json_values)
    kind = RegisterKind.SE_SCHOOLS if name.startswith("se") else RegisterKind.NO_SCHOOLS_NSR
    rows = list(read_register(kind, RegisterFile(io.BytesIO(json.dumps([units[1], unit]).encode()))))

    assert len(rows) >= 2


@pytest.mark.parametrize(
    ("written", "readable"),
    [
        ("MOTUS TECHNOLOGY AS AVD MOLDE", "Motus Technology AS avd Molde"),
        ("BMW NORGE AS", "BMW Norge AS"),
        ("BAKERIET PÅ RØROS", "Bakeriet på Røros"),
        ("BODAHL-JOHANSEN AS AVD SVINESUNDPARKEN", "Bodahl-Johansen AS avd Svinesundparken"),
        ("B.O.F MASKIN AS", "B.O.F Maskin AS"),
        ("100% MALING AS", "100% Maling AS"),
        ("JÄRFÄLLA KOMMUN", "Järfälla kommun"),
        ("I. SCHROEDER NORGE AS", "I. Schroeder Norge AS"),
        ("Hosle skole", "Hosle skole"),
    ],
)
def test_names_in_capitals_become_readable(written, readable):
    assert cells.readable(written) == readable


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (cells.municipality_code, "301", "0301"),
        (cells.municipality_code, 180, "0180"),
        (cells.municipality_code, "301.0", "0301"),
        (cells.municipality_code, "Oslo", ""),
        (cells.municipality_code, "", ""),
        (cells.degrees, "59,5", 59.5),
        (cells.degrees, "0", None),
        (cells.degrees, "nan", None),
        (cells.degrees, None, None),
        (cells.street, "Bygning 3/nFabrikkvegen 11", "Bygning 3, Fabrikkvegen 11"),
        (cells.street, "Storgata 4/nord", "Storgata 4/nord"),
        (cells.website, "www.plastsveis.no", "https://www.plastsveis.no"),
        (cells.website, "Haaland.no", "https://haaland.no"),
        (cells.website, "javascript:alert(1)", ""),
        (cells.website, "ring oss", ""),
        (cells.text, "a\x00b\ud800\n c", "a b c"),
        (cells.text, ["no", "text"], ""),
        (cells.text, True, ""),
        (cells.whole, "1078", 1078),
        (cells.whole, "many", None),
    ],
)
def test_cells_are_cleaned_and_restored(function, value, expected):
    assert function(value) == expected


@pytest.mark.parametrize(
    ("country", "value", "expected"),
    [("NO", "150", "0150"), ("NO", "0150", "0150"), ("SE", "141 44", "14144"), ("SE", "1414", ""), ("NO", "SW1", "")],
)
def test_postcodes_get_their_zeros_back(country, value, expected):
    assert cells.postcode(country, value) == expected


@pytest.mark.parametrize(
    ("country", "value", "expected"),
    [
        ("SE", "08-41026840", "08-41026840"),
        ("SE", "070-123 45 67", ""),
        ("SE", "+46701234567", ""),
        ("NO", "912 34 567", ""),
        ("NO", "67 50 40 00", "67 50 40 00"),
        ("SE", "fråga Kim", ""),
    ],
)
def test_only_the_house_has_a_telephone(country, value, expected):
    assert cells.switchboard(country, value) == expected


@pytest.mark.parametrize(
    ("country", "value", "reason", "shown"),
    [
        ("SE", "800101-1234", "belongs to a person", ""),
        ("SE", "198001011234", "belongs to a person", ""),
        ("NO", "01018012345", "belongs to a person", ""),
        ("SE", "5599999999", "check digit", "5599999999"),
        ("SE", "101011234", "check digit", ""),
        ("NO", "974552125", "check digit", "974552125"),
        ("NO", "9,74552E+08", "spreadsheet has rounded", ""),
        ("NO", "", "check digit", ""),
    ],
)
def test_numbers_that_are_refused_never_show_a_persons(country, value, reason, shown):
    with pytest.raises(RowRefused, match=reason) as refusal:
        cells.number(country, value)
    assert refusal.value.code == shown
