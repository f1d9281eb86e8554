"""A coordinator imports a register: sent, tried, run for real; on a phone and without JavaScript too."""

import pytest

from coordination import tasks
from coordination.models import ImportRun
from schools.models import School
from tests.browser.accessibility import check_accessibility
from tests.coordination.conftest import SAMPLES
from tests.factories.accounts import UserFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory


@pytest.mark.parametrize(
    ("width", "scheme", "javascript"), [(390, "dark", True), (1280, "light", True), (1280, "light", False)]
)
def test_a_coordinator_imports_a_register(open_page, width, scheme, javascript):
    MunicipalityFactory(id="NO-4211")
    user = UserFactory(second_factor=True)
    RegionFactory(coordinators=[user])

    page = open_page("/imports/", width=width, scheme=scheme, user=user, javascript=javascript)
    check = check_accessibility if javascript else lambda page: None
    check(page)
    page.get_by_role("link", name="Import a register").first.click()
    page.get_by_role("button", name="Send and try").click()
    check(page)
    page.get_by_label("File").set_input_files(SAMPLES / "no_schools_grunnskole.csv")
    page.get_by_role("button", name="Send and try").click()
    page.get_by_text("Waiting for its turn").wait_for()
    check(page)

    tasks.run_imports()
    if not javascript:
        page.get_by_role("link", name="Show how far it is now").click()
    page.get_by_text("The dry run is done").wait_for()
    page.get_by_role("link", name="to be looked at").click()
    page.get_by_role("heading", name="683 rows read").wait_for()
    check(page)
    assert not School.objects.exists()
    page.get_by_role("button", name="Run for real").click()
    page.get_by_text("Waiting for its turn").wait_for()

    tasks.run_imports()
    page.goto(page.url)
    page.get_by_text("The import is done").wait_for()
    check(page)
    assert School.objects.count() == 680
    page.get_by_role("link", name="Register imports").first.click()
    check(page)
    assert ImportRun.objects.count() == 2


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_about_the_data(open_page, width, scheme):
    page = open_page("/about/data/", width=width, scheme=scheme)
    check_accessibility(page)
    page.get_by_role("heading", name="About the data").wait_for()
