import pytest
from django.urls import reverse

from regions.models import Region
from regions.school_year import current_school_year
from tests.browser.accessibility import check_accessibility
from tests.coordination.test_start import coordinators_world, counsellors_world, hosts_world, school_owners_world
from tests.factories.accounts import UserFactory


def no_world(count, user):
    """Somebody without a membership."""


WORLDS = [no_world, counsellors_world, hosts_world, school_owners_world, coordinators_world]


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.parametrize("world", WORLDS)
def test_each_start_page_is_accessible(open_page, world):
    user = UserFactory(second_factor=world in {school_owners_world, coordinators_world})
    world(2, user)
    for width, scheme in [(390, "light"), (1280, "dark")]:
        page = open_page(reverse("coordination:start"), width=width, scheme=scheme, user=user)
        assert page.locator("h1").inner_text() == f"Welcome, {user.name}"
        check_accessibility(page)
        assert fits(page)


def test_a_coordinator_reads_the_figures_and_follows_one_to_its_rows(open_page):
    user = UserFactory(second_factor=True)
    coordinators_world(3, user)
    region = Region.objects.get()
    for width, scheme in [(390, "dark"), (1280, "light")]:
        page = open_page(reverse("coordination:figures_home"), width=width, scheme=scheme, user=user)
        assert page.url.endswith(reverse("coordination:figures", args=[region.public_id, current_school_year()]))
        check_accessibility(page)
        assert fits(page)
        page.get_by_role("link", name="Hosts").click()
        check_accessibility(page)
        page.locator("tfoot a").first.click()
        assert page.locator("main [role=status]").inner_text() == "6 rows"
        check_accessibility(page)
        assert fits(page)
        page.goto(reverse("coordination:booking_stuck_list", args=[region.public_id]))
        assert page.locator("main [role=status]").inner_text() == "3 requests"
        check_accessibility(page)
        assert fits(page)


def test_rows_are_searched_while_typing_and_without_javascript(open_page):
    user = UserFactory(second_factor=True)
    coordinators_world(3, user)
    region = Region.objects.get()
    url = reverse("coordination:figure_rows", args=[region.public_id, current_school_year(), "companies-joined"])
    for javascript in (True, False):
        page = open_page(url, javascript=javascript, user=user)
        page.get_by_label("Name holds").fill("nobody is called this")
        if not javascript:
            page.get_by_role("button", name="Show").click()
        page.get_by_text("No rows here").wait_for()
        assert page.locator("main [role=status]").inner_text() == "0 rows"


def test_a_coordinator_sets_a_goal_and_sees_how_it_stands(open_page):
    user = UserFactory(second_factor=True)
    coordinators_world(3, user)
    region = Region.objects.get()
    region.memberships.update(role="coordinator")
    for width, scheme in [(390, "light"), (1280, "dark")]:
        page = open_page(
            reverse("coordination:goal_list", args=[region.public_id]), width=width, scheme=scheme, user=user
        )
        page.get_by_role("link", name="New goal").click()
        check_accessibility(page)
        assert fits(page)
        page.get_by_label("Goal", exact=True).fill("0")
        page.get_by_role("button", name="Set the goal").click()
        assert page.locator("[aria-invalid=true]").count() == 1
        check_accessibility(page)
        page.get_by_label("Goal", exact=True).fill("250")
        page.get_by_role("button", name="Set the goal").click()
        assert "of 250" in page.locator("main").inner_text()
        check_accessibility(page)
        assert fits(page)
        page.get_by_role("link", name="Remove").first.click()
        page.get_by_role("button", name="Remove the goal").click()
        assert "No goal is set yet" in page.locator("main").inner_text()
