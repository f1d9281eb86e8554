from pathlib import Path

from playwright.sync_api import Error, Page

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
# A frame is a page of its own: the script is not in it, and a test that opens it looks at it there.
OPTIONS = {"iframes": False, "rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}


def check_accessibility(page: Page) -> None:
    """Fail with a readable list when axe-core finds anything on the page as it is now (A, AA and best practice).

    The script comes in by the debugging door, which the page's content policy does not guard.
    """
    try:
        found = _violations(page)
    except Error:  # the page was just giving way to the next one: look at that one
        found = _violations(page)
    assert not found, "\n".join(
        [f"axe on {page.url} ({page.viewport_size['width']} px):", *(line for rule in found for line in _lines(rule))]
    )


def _violations(page: Page) -> list[dict]:
    page.wait_for_load_state()
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE)
    return page.evaluate("options => axe.run(document, options)", OPTIONS)["violations"]


def _lines(rule: dict) -> list[str]:
    head = f"- {rule['id']} ({rule['impact']}): {rule['help']}"
    return [head, *(f"    {node['html'][:200]}\n      {node['failureSummary']}" for node in rule["nodes"])]
