"""The two sides write to each other: the school on the booking's page, the host from the mail."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.browser.test_journey import links_in
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory
from visits.file_tasks import check_files

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_the_two_sides_write_to_each_other(open_page, language, width):
    counsellor = UserFactory(language=language)
    school = SchoolFactory(members=[counsellor])
    company = CompanyFactory(members=[UserFactory()])
    contact = CompanyContactFactory(company=company, language=language)
    booking = VisitBookingFactory(
        school_class=SchoolClassFactory(school=school), requested_by=counsellor, slot__offer__company=company
    )
    options = {"width": width, "language": language}

    teacher = Mouse(open_page(booking.get_absolute_url(), user=counsellor, **options))
    teacher.fill("text", "Var parkerar bussen?")
    teacher.press("#messages button[type=submit]")
    expect(teacher.page.get_by_text("Var parkerar bussen?")).to_be_visible()
    check_accessibility(teacher.page)

    mailed = Mouse(open_page("/", **options))
    (link,) = [link for link in links_in(contact.email) if "/messages/" in link]
    mailed.page.goto(link)
    mailed.fill("text", "Bakom hallen.")
    mailed.press("#messages button[type=submit]")
    expect(mailed.page.get_by_text("Bakom hallen.")).to_be_visible()
    check_accessibility(mailed.page)

    teacher.page.goto("/")
    teacher.page.goto("/start/")
    teacher.press("a[href$='#messages']")
    expect(teacher.page.get_by_text("Bakom hallen.")).to_be_visible()


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_file_comes_along_once_it_is_looked_through(open_page, tmp_path, language, width):
    counsellor = UserFactory(language=language)
    company = CompanyFactory(members=[UserFactory()])
    contact = CompanyContactFactory(company=company, language=language)
    booking = VisitBookingFactory(
        school_class=SchoolClassFactory(school=SchoolFactory(members=[counsellor])),
        requested_by=counsellor,
        slot__offer__company=company,
    )
    for name, content in {"program.exe": b"MZ" + bytes(200), "gruppe.pdf": PDF}.items():
        (tmp_path / name).write_bytes(content)
    options = {"width": width, "language": language}

    teacher = Mouse(open_page(booking.get_absolute_url(), user=counsellor, **options))
    teacher.fill("text", "Här är schemat.")
    teacher.field("uploads").set_input_files(tmp_path / "program.exe")
    teacher.press("#messages button[type=submit]")
    expect(teacher.page.get_by_text("program.exe").first).to_be_visible()  # why not; the words stay
    assert teacher.field("text").input_value() == "Här är schemat."
    check_accessibility(teacher.page)
    teacher.field("uploads").set_input_files(tmp_path / "gruppe.pdf")
    teacher.press("#messages button[type=submit]")
    assert not teacher.page.locator("#messages a[download]").count()
    check_accessibility(teacher.page)
    check_files()

    mailed = Mouse(open_page("/", **options))
    (link,) = [link for link in links_in(contact.email) if "/messages/" in link]
    mailed.page.goto(link)
    check_accessibility(mailed.page)
    with mailed.page.expect_download() as download:
        mailed.page.locator("#messages a[download]").click()
    assert download.value.suggested_filename == "gruppe.pdf"
    assert download.value.path().read_bytes() == PDF
