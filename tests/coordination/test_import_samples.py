"""Every bite of the sample registers, through a whole import."""

import csv
import io
import json

import pytest

from companies.models import Company, Workplace
from coordination.models import ImportFinding
from occupations.reference import load_occupations
from regions import reference
from schools.models import School, SchoolOwner
from tests.coordination.conftest import SAMPLES
from tests.factories.companies import CompanyFactory, WorkplaceFactory

DETAIL, PAGE = "se_school_units_skolverket.json", "se_school_units_page.json"
NSR_LIST, NSR_DETAIL = "no_schools_nsr_list.json", "no_schools_nsr_detail.json"
GRUNNSKOLE = "no_schools_grunnskole.csv"
MAIN, SUB = "no_enheter_brreg.csv", "no_underenheter_brreg.csv"
BULK = "synthetic_bolagsverket_bulk.txt"


def counts(run):
    return [count for __, count in run.counts]


def reasons(run, verdict):
    return dict(run.findings.filter(verdict=verdict).values_list("code", "reason"))


def rewritten(name, change, delimiter=","):
    """A sample table with `change` made to each row."""
    rows = list(csv.DictReader(io.StringIO((SAMPLES / name).read_text(encoding="utf-8-sig")), delimiter=delimiter))
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows([row for row in (change(row) for row in rows) if row])
    return out.getvalue().encode()


@pytest.mark.parametrize(
    ("kind", "name", "first"),
    [
        # new, changed, unchanged, refused, to be looked at
        ("se_schools", DETAIL, [60, 0, 0, 0, 1]),
        ("se_schools", PAGE, [50, 0, 0, 0, 50]),
        ("no_schools_nsr", NSR_LIST, [16, 0, 0, 10, 0]),
        ("no_schools_nsr", NSR_DETAIL, [2, 0, 0, 0, 1]),
        ("no_schools_grunnskole", GRUNNSKOLE, [680, 0, 0, 3, 40]),
        ("no_companies", MAIN, [170, 0, 0, 5, 0]),
        ("se_companies", BULK, [2, 0, 0, 3, 0]),
    ],
)
def test_a_sample_is_rehearsed_read_and_read_again(read, kind, name, first):
    assert counts(read(kind, name, dry_run=True)) == first
    assert not School.objects.exists()
    assert not SchoolOwner.objects.exists()
    assert not Company.objects.exists()

    assert counts(read(kind, name)) == first

    new, __, ___, refused, flagged = first
    again = read(kind, name)
    assert again.state == "done"
    assert counts(again) == [0, 0, new, refused, flagged]


def test_skolverket_unit_is_read_whole(read):
    read("se_schools", DETAIL)

    school = School.objects.get(unit_code="10063280")
    assert (school.name, school.municipality_id, school.owner.name) == (
        "Lärande Grundskola Skapa",
        "SE-0126",
        "The Learning Lab i Stockholm AB",
    )
    assert (school.owner.org_number, school.owner.kind) == ("5568097405", "private")
    assert (school.lat, school.lon, school.point_is_doubtful) == (59.23364998915203, 17.960412174094845, False)
    assert (school.stages, school.lowest_grade, school.highest_grade) == (["compulsory"], 1, 9)
    assert (school.street, school.postcode, school.city) == ("Sommarsolsvägen 9", "14144", "Huddinge")
    assert SchoolOwner.objects.get(org_number="2120000043").name == "Järfälla kommun"


def test_skolverket_unit_may_teach_several_stages(read):
    read("se_schools", DETAIL)

    both = School.objects.get(name="Tyska skolan")
    assert (both.stages, both.lowest_grade, both.highest_grade) == (["compulsory", "upper_secondary"], 1, 13)


def test_skolverket_unit_without_a_point_lies_at_its_municipality(read):
    read("se_schools", DETAIL)

    school = School.objects.get(name="JENSEN grundskola Steninge")
    assert (school.lat, school.lon, school.point_is_doubtful) == (None, None, False)
    assert school.point == (school.municipality.lat, school.municipality.lon)


def test_a_point_in_another_part_of_the_country_is_flagged_and_not_used(read):
    run = read("se_schools", DETAIL)

    school = School.objects.get(name="Skepparvikens skola")
    assert school.point_is_doubtful
    assert school.point == (school.municipality.lat, school.municipality.lon)
    assert reasons(run, "flagged") == {"36460979": "The point lies 518 km outside Värmdö: it is not used."}


def test_two_schools_of_one_name_stay_two(read):
    read("se_schools", DETAIL)

    assert list(
        School.objects.filter(name="Hagaskolan").order_by("municipality").values_list("municipality", flat=True)
    ) == [
        "SE-0115",
        "SE-0184",
    ]


def test_no_mail_address_of_a_register_is_stored(read):
    content = (SAMPLES / DETAIL).read_text()
    assert "skapa@larandegrundskola.se" in content

    read("se_schools", DETAIL)

    for model in [School, SchoolOwner, ImportFinding]:
        assert all("@" not in str(value) for row in model.objects.values() for value in row.values())


def test_a_school_owned_by_a_person_is_stored_without_its_owner(read):
    unit = json.loads((SAMPLES / DETAIL).read_text())["body"][0]
    unit["organisationRegistryNumber"], unit["corporationName"] = "8001011234", "Kim Personsson"

    read("se_schools", json.dumps([unit]).encode())

    assert School.objects.get().owner is None
    assert not SchoolOwner.objects.exists()


def test_preschool_class_alone_and_schools_abroad_are_refused(read):
    units = json.loads((SAMPLES / DETAIL).read_text())["body"][:3]
    units[0]["typeOfSchooling"] = [{"code": "fsk", "schoolYears": ["0"]}]
    units[1]["abroadSchool"] = True

    run = read("se_schools", json.dumps(units).encode())

    assert counts(run) == [1, 0, 0, 2, 0]
    assert set(reasons(run, "refused").values()) == {
        "The unit teaches no stage that visits or placements are for (only preschool class).",
        "The school is abroad.",
    }


def test_a_page_is_believed_by_its_rows_not_by_the_question_asked(read):
    run = read("se_schools", PAGE)

    assert "municipalityCode=0127" in (SAMPLES / PAGE).read_text()
    assert not School.objects.exclude(municipality=None).exists()
    assert reasons(run, "flagged")["36263479"] == "The register does not say in which municipality it lies."


def test_a_page_leaves_alone_what_it_does_not_say(read):
    read("se_schools", DETAIL)
    before = School.objects.values("municipality", "stages", "owner", "street", "point_is_doubtful").get(
        name="Skepparvikens skola"
    )

    read("se_schools", PAGE)

    assert before["point_is_doubtful"]
    assert School.objects.values(*before).get(name="Skepparvikens skola") == before


def test_detail_after_a_page_brings_municipality_and_doubt(read):
    read("se_schools", PAGE)
    assert not School.objects.get(name="Skepparvikens skola").point_is_doubtful

    run = read("se_schools", DETAIL)

    assert counts(run)[:2] == [59, 1]
    school = School.objects.get(name="Skepparvikens skola")
    assert (school.municipality_id, school.point_is_doubtful) == ("SE-0120", True)


def test_nsr_owner_and_unit_of_one_name_are_two(read):
    read("no_schools_nsr", NSR_LIST)

    assert SchoolOwner.objects.get(name="Akademiet Vgs Sandvika AS").org_number == "911732912"
    school = School.objects.get(name="Akademiet Vgs Sandvika AS")
    assert (school.unit_code, school.stages) == ("931696068", ["upper_secondary"])
    assert SchoolOwner.objects.get(name="Bærum kommune").kind == "municipal"


def test_nsr_training_centres_and_gyms_are_refused(read):
    run = read("no_schools_nsr", NSR_LIST)

    refused = reasons(run, "refused")
    for number in ["917852804", "996789802", "974552264"]:  # a hockey academy, a gym, a culture school
        assert refused[number].startswith("The unit has no Grunnopplæring")
    assert refused["929917715"] == "The owner is closed."
    assert not School.objects.filter(name__in=["Academy Hockey AS", "Apport AS"]).exists()


def test_nsr_special_school_and_adult_education_are_schools(read):
    read("no_schools_nsr", NSR_LIST)

    assert School.objects.get(name="Bærum Alternative skole").stages == ["adapted_compulsory"]
    assert School.objects.get(name="Bærum kommune Voksenopplæringssenteret").stages == ["adult"]


def test_nsr_closed_school_becomes_inactive_and_stays(read):
    read("no_schools_nsr", NSR_LIST)
    content = json.loads((SAMPLES / NSR_LIST).read_text())
    closed = next(unit for unit in content["EnhetListe"] if unit["Navn"] == "Bekkestua skole")
    closed |= {"ErAktiv": False, "ErGrunnopplaering": False, "Skolekategorier": []}

    run = read("no_schools_nsr", json.dumps(content).encode())

    assert counts(run)[:2] == [0, 1]
    school = School.objects.get(name="Bekkestua skole")
    assert (school.is_active, school.stages) == (False, ["compulsory"])


def test_nsr_detail_finds_the_owner_among_its_parents(read):
    read("no_schools_nsr", NSR_DETAIL)

    school = School.objects.get(name="Hosle skole")
    assert (school.owner.name, school.owner.org_number, school.owner.kind) == (
        "Bærum kommune",
        "935478715",
        "municipal",
    )
    assert (school.municipality_id, school.lowest_grade, school.highest_grade) == ("NO-3201", 1, 7)
    assert (school.website, school.city) == ("https://www.hosle.no", "Hosle")


def test_longyearbyen_is_stored_without_a_municipality_and_flagged(read):
    run = read("no_schools_nsr", NSR_DETAIL)

    school = School.objects.get(name="Longyearbyen skole grunnskole")
    assert (school.municipality, school.stages) == (None, ["compulsory", "upper_secondary"])
    assert (school.lowest_grade, school.highest_grade, school.point) == (1, 13, (78.21041, 15.61259))
    assert reasons(run, "flagged") == {"974795655": "Municipality 2100 is not in our list: stored without one."}


def test_grunnskole_keeps_sami_names_and_rows_without_grades(read):
    run = read("no_schools_grunnskole", GRUNNSKOLE)

    assert run.encoding == "utf-8-sig"
    school = School.objects.get(name="Akkarfjord oppvekstsenter")
    assert (school.municipality_id, school.lowest_grade, school.highest_grade) == ("NO-5603", 1, 10)
    without = School.objects.get(name="Aldersund oppvekstsenter skole")
    assert (without.lowest_grade, without.stages) == (None, ["compulsory"])
    assert reasons(run, "flagged")[without.unit_code] == "The list does not say which grades the school has."
    assert School.objects.filter(name__contains="skuvla").exists()


def test_grunnskole_takes_a_number_twice_for_one_school(read):
    run = read("no_schools_grunnskole", GRUNNSKOLE)

    assert set(reasons(run, "refused").values()) == {"The same stands on an earlier line, which counts."}


def test_grunnskole_gets_lost_zeros_back(read):
    def without_zero(row):
        row["kommunenummer"] = "301"
        return row

    read("no_schools_grunnskole", rewritten(GRUNNSKOLE, without_zero, ";"))

    assert set(School.objects.values_list("municipality", flat=True)) == {"NO-0301"}


def test_main_units_are_read(read):
    load_occupations()
    read("no_companies", MAIN)

    company = Company.objects.get(org_number="921549741")
    assert (company.name, company.legal_form, company.municipality_id) == ("100% Maling AS", "AS", "NO-4601")
    assert (company.industry_code, company.industry_edition, company.industry_id) == ("43.341", "2007", None)
    assert (company.street, company.postcode, company.city) == ("Skareveien 94", "5174", "Mathopen")
    assert (company.joined_at, company.source, company.about) == (None, "no_companies", "")
    assert Company.objects.get(name="Exova Metech AS").street == "Bygning 3, Fabrikkvegen 11"
    assert Company.objects.get(name="Denofa Industri AS").industry_id == "10"


def test_bankrupt_and_winding_up_units_are_not_begun(read):
    run = read("no_companies", MAIN)

    assert sorted(reasons(run, "refused")) == ["914559448", "918148965", "925208876", "926886290", "980037525"]
    assert not Company.objects.filter(org_number__in=reasons(run, "refused")).exists()


def test_a_known_company_that_goes_bankrupt_has_ceased_and_comes_back(read):
    CompanyFactory(country="NO", org_number="918148965", name="Gjøvik Sjokolade AS", joined_at=None)

    read("no_companies", MAIN)
    company = Company.objects.get(org_number="918148965")
    assert str(company.ceased_at) == "2021-12-03 00:00:00+00:00"

    def alive(row):
        row["konkurs"] = "false"
        return row

    read("no_companies", rewritten(MAIN, alive))
    company.refresh_from_db()
    assert company.ceased_at is None


def test_a_joined_company_that_goes_bankrupt_is_flagged(read):
    company = CompanyFactory(country="NO", org_number="951110345")

    run = read("no_companies", MAIN)

    assert company.org_number not in reasons(run, "refused")
    company.refresh_from_db()
    assert company.ceased_at is None  # Grimstad Bil is alive
    bankrupt = CompanyFactory(country="NO", org_number="914559448")
    run = read("no_companies", MAIN)
    bankrupt.refresh_from_db()
    assert str(bankrupt.ceased_at) == "2022-03-17 00:00:00+00:00"
    assert reasons(run, "flagged") == {"914559448": "This company has joined and has now ceased: see to its visits."}


def test_sole_proprietors_are_refused_and_nothing_of_them_is_kept(read):
    def sole(row):
        row["organisasjonsform.kode"] = "ENK"
        return row

    run = read("no_companies", rewritten(MAIN, sole))

    assert counts(run) == [0, 0, 0, 175, 0]
    assert set(run.findings.values_list("code", "name", "reason")) == {
        ("", "", "A sole proprietorship (ENK) is a person and is not taken.")
    }


def test_sub_units_belong_to_their_main_unit(read):
    read("no_companies", MAIN)

    run = read("no_workplaces", SUB)

    assert counts(run) == [60, 0, 0, 142, 0]
    workplace = Workplace.objects.get(name="GE Healthcare AS avd Lindesnes")
    assert (workplace.company.name, workplace.municipality_id) == ("GE Healthcare AS", "NO-4205")
    refused = run.findings.filter(verdict="refused").first()
    assert (refused.code, refused.name) == ("919093943", "")
    assert refused.reason == "Its main unit 977082684 is not here. Import the main units first."
    assert counts(read("no_workplaces", SUB)) == [0, 0, 60, 142, 0]


def test_a_sub_unit_without_address_lies_in_its_companys_municipality(read):
    read("no_companies", MAIN)

    def without_address(row):
        row["beliggenhetsadresse.kommunenummer"] = row["beliggenhetsadresse.adresse"] = ""
        return row

    run = read("no_workplaces", rewritten(SUB, without_address))

    workplace = Workplace.objects.get(name="GE Healthcare AS avd Lindesnes")
    assert workplace.municipality_id == workplace.company.municipality_id
    assert reasons(run, "flagged")[workplace.org_number] == "No visiting address: the company's municipality is used."


def test_a_closed_sub_unit_is_not_begun_and_a_known_one_goes_out_of_use(read):
    read("no_companies", MAIN)
    read("no_workplaces", SUB)
    Workplace.objects.filter(name="GE Healthcare AS avd Lindesnes").delete()

    def closed(row):
        row["nedleggelsesdato"] = "2026-01-31"
        return row

    run = read("no_workplaces", rewritten(SUB, closed))

    assert counts(run)[:3] == [0, 59, 0]
    assert not Workplace.objects.filter(is_active=True).exists()


def test_bolagsverket_takes_legal_units_only(read):
    run = read("se_companies", BULK)

    company = Company.objects.get(org_number="5599999900")
    assert (company.name, company.legal_form) == ("Exempel Mekaniska Verkstad AB", "AB")
    assert (company.street, company.postcode, company.city) == ("Verkstadsgatan 1", "99901", "Exempelstad")
    assert list(run.findings.filter(verdict="refused").values_list("line", "code", "name", "reason")) == [
        (4, "5599999926", "Nedlagda Exempel AB", "The company is deregistered."),
        (5, "", "", "A sole trader is a person and is not taken."),
        (6, "5599999999", "", "The organisation number fails its check digit."),
    ]


def test_bolagsverket_takes_the_first_name_and_no_letter_box_of_somebody(read):
    read("se_companies", BULK)

    company = Company.objects.get(org_number="5599999918")
    assert (company.name, company.street, company.city) == ("Provet Åkeri & Svets AB", "Box 12", "Provstad")


def test_bolagsverket_finds_the_municipality_by_postcode(read):
    reference.upsert(reference.postcodes(), match=["country", "code"])
    content = (SAMPLES / BULK).read_text().replace("99901", "12138")

    read("se_companies", content.encode())

    assert Company.objects.get(org_number="5599999900").municipality_id == "SE-0180"
    assert Company.objects.get(org_number="5599999918").municipality_id is None


def test_bolagsverket_refuses_a_personal_number_without_repeating_it(read):
    content = (SAMPLES / BULK).read_text().replace("5599999900$ORGNR-IDORG", "8001011234$ORGNR-IDORG")

    run = read("se_companies", content.encode())

    assert not run.findings.filter(code__contains="800101").exists()
    assert run.findings.get(line=2).reason == "The number belongs to a person. Persons are not taken from registers."


def test_what_a_joined_companys_people_keep_is_left_alone(read):
    read("no_companies", MAIN)
    company = Company.objects.get(org_number="921549741")
    own = {"name": "Maling!", "street": "Egen gate 1", "postcode": "0150", "city": "Oslo", "website": "https://own.no"}
    Company.objects.filter(pk=company.pk).update(
        joined_at="2026-01-01T00:00:00Z", about="Vi maler.", municipality="NO-0301", legal_form="", **own
    )

    run = read("no_companies", MAIN)

    assert reasons(run, "changed") == {"921549741": "legal form"}
    company.refresh_from_db()
    assert {name: getattr(company, name) for name in own} == own
    assert (company.about, company.municipality_id, company.legal_form) == ("Vi maler.", "NO-0301", "AS")


def test_a_joined_company_keeps_its_own_workplaces(read):
    read("no_companies", MAIN)
    company = Company.objects.get(name="GE Healthcare AS")
    Company.objects.filter(pk=company.pk).update(joined_at="2026-01-01T00:00:00Z")
    own = WorkplaceFactory(company=company, name="Porten", org_number="", municipality=company.municipality)

    run = read("no_workplaces", SUB)

    assert list(company.workplaces.all()) == [own]
    assert "Its company has joined and keeps its own list of workplaces." in reasons(run, "refused").values()


def test_a_vanished_row_stays_with_the_day_it_was_last_seen(read):
    read("no_companies", MAIN)
    School.objects.update(seen_in_source_at=None)
    Company.objects.update(seen_in_source_at="2026-01-01T00:00:00Z")

    def half(row):
        return row if int(row["organisasjonsnummer"]) % 2 else None

    run = read("no_companies", rewritten(MAIN, half))

    seen_long_ago = Company.objects.filter(seen_in_source_at="2026-01-01T00:00:00Z").count()
    assert seen_long_ago + run.rows_unchanged == Company.objects.count() == 170
    assert seen_long_ago > 0
