import re

import pytest

from tests.processes import ROOT

LOCKS = ("production", "local", "development")


def locked(name):
    """Package, version and condition of each line."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(.+?) \\$", text, re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_index_is_named(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked(name)) > 30
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"^--|https?://|file:", text, re.MULTILINE) == []


def test_each_lock_holds_the_versions_of_the_one_below():
    production, local, development = (locked(name) for name in LOCKS)
    assert production.items() <= local.items()
    assert local.items() <= development.items()
