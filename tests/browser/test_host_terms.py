"""A host's own terms: what it asks, what it costs, what the lesson needs. It writes them once, and the school reads and
answers."""

import pytest
from django.urls import reverse

from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitSlotFactory
from visits.file_tasks import check_files
from visits.models import HostQuestion, VisitBooking

SEND = "main form button[data-color=accent]"
PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_the_school_reads_and_answers_what_the_host_has_written(open_page, tmp_path, language, width):
    host, teacher = UserFactory(language=language), UserFactory(language=language, phone="+46701234567")
    slot = VisitSlotFactory(offer__company=CompanyFactory(members=[host]), offer__answer_mode="auto")
    offer = slot.offer
    SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B", pupil_count=24)
    options = {"width": width, "language": language}

    desk = Mouse(open_page(reverse("visits:question_list", args=[offer.company.public_id]), user=host, **options))
    check_accessibility(desk.page)
    desk.press("main a[href$='/questions/new/']")
    desk.fill("text", "Vad vill ni äta till lunch?")
    desk.tick("kind", "choice")
    desk.press(SEND)
    check_accessibility(desk.page)  # answers are missing, it says
    desk.fill("choices", "Fisk\nVegetariskt")
    desk.tick("is_required")
    desk.press(SEND)
    check_accessibility(desk.page)

    desk.page.goto(reverse("visits:host_offer_edit", args=[offer.public_id]))
    desk.tick("cost_kind", "per_pupil")
    desk.fill("cost_amount", "40")
    desk.fill("cost_note", "Lunchen ingår.")
    desk.press("main form .actions button[type=submit]")

    desk.press("main a[href$='/materials/']")
    (tmp_path / "arbetsblad.pdf").write_bytes(PDF)
    desk.fill("title", "Arbetsblad om svetsning")
    desk.press(SEND)
    check_accessibility(desk.page)  # a link or a file, it says
    assert desk.field("title").input_value() == "Arbetsblad om svetsning"
    desk.field("uploads").set_input_files(tmp_path / "arbetsblad.pdf")
    desk.press(SEND)
    check_files()
    desk.page.reload()
    check_accessibility(desk.page)

    school = Mouse(open_page(offer.get_absolute_url(), user=teacher, **options))
    read = school.page.locator("main").inner_text()
    for words in ("40", "Lunchen ingår.", "Arbetsblad om svetsning"):
        assert words in read
    check_accessibility(school.page)
    school.page.goto(reverse("visits:booking_create", args=[slot.public_id]))
    asked = f"question_{HostQuestion.objects.get().public_id}"
    school.choose("school_class", "9B")
    school.fill("pupil_count", "24")
    school.press(SEND)
    check_accessibility(school.page)  # the question must be answered
    school.tick(asked, "Vegetariskt")
    school.press(SEND)
    check_accessibility(school.page)

    desk.page.goto(VisitBooking.objects.get().get_absolute_url())
    assert "Vegetariskt" in desk.page.locator("main").inner_text()
    with school.page.expect_download() as download:
        school.page.get_by_role("link", name="Arbetsblad om svetsning").click()
    assert download.value.path().read_bytes() == PDF
