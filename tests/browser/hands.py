"""How a person works a page: with mouse or finger, or with the keyboard alone."""

from playwright.sync_api import Error, Locator, Page

from tests.processes import wait_until

MOST_STOPS = 200


class Mouse:
    """Clicks and types. Fields are found by name, so that the same journey runs in every language."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def field(self, name: str) -> Locator:
        return self.page.locator(f"main [name={name}]:not([type=hidden])")

    def fill(self, name: str, text: str) -> None:
        self.field(name).fill(text)

    def tick(self, name: str, value: str = "") -> None:
        found = self.field(name)
        (found.and_(self.page.locator(f"[value='{value}']")) if value else found).check()

    def choose(self, name: str, label: str) -> None:
        self.field(name).select_option(label=label)

    def press(self, selector: str) -> None:
        """Follow a link or press a button, and wait for the page behind it.

        A mark on the page tells when it is gone: a changed address alone (htmx) is no new page.
        """
        self.page.evaluate("() => { window.markedByTest = true }")
        self._activate(self.page.locator(selector).first)
        wait_until(self._has_left, seconds=30)
        self.page.wait_for_load_state()

    def _has_left(self) -> bool:
        try:
            return not self.page.evaluate("() => window.markedByTest")
        except Error:  # between two pages
            return False

    def _activate(self, target: Locator) -> None:
        target.click()


class Keyboard(Mouse):
    """Tab, Enter, space and arrows; what cannot be reached with Tab cannot be used."""

    def fill(self, name: str, text: str) -> None:
        field = self.field(name)
        kind = field.get_attribute("type")
        if kind in {"date", "time"}:  # each part of such a field is a stop of its own
            field.fill(text)
            return
        self.reach(field)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)

    def tick(self, name: str, value: str = "") -> None:
        field = self.field(name)
        self.reach(field.and_(self.page.locator(f"[value='{value}']")) if value else field)
        self.page.keyboard.press("Space")

    def choose(self, name: str, label: str) -> None:
        self.reach(self.field(name))
        self.page.keyboard.type(label)
        assert self.field(name).locator("option:checked").inner_text() == label

    def _activate(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def reach(self, target: Locator) -> None:
        """Tab to it. Where the focus rests, it can be seen: not under the header, with a visible ring."""
        self.page.evaluate("document.activeElement.blur()")
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                break
        else:
            raise AssertionError(f"Tab never reaches {target}")
        assert target.evaluate(
            """element => {
                const box = element.getBoundingClientRect();
                const at = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height, 40) / 2);
                const seen = element === at || element.contains(at) || (at && at.contains(element));
                return seen || element.labels?.length > 0;
            }"""
        ), f"{target} is hidden when it has the focus"
