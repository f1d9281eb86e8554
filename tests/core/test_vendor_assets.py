import shutil

import pytest
from django.conf import settings

from core.management.commands.vendor_assets import find_problems

FILES = [
    "static/vendor",
    "static/css/theme.css",
    "static/img/icons.svg",
    "tests/vendor",
    "visits/fonts",
    "frontend/package.json",
]


@pytest.fixture
def copy(tmp_path):
    """The vendored files in a folder of their own, to spoil."""
    for name in FILES:
        source, target = settings.BASE_DIR / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    return tmp_path


def test_vendored_files_are_as_the_manifest_says():
    assert find_problems(settings.BASE_DIR) == []


def test_changed_missing_and_extra_files_are_found(copy):
    (copy / "static/vendor/designsystemet.css").write_text("body{}")
    (copy / "static/vendor/htmx.min.js").unlink()
    (copy / "static/vendor/jquery.js").write_text("")
    assert find_problems(copy) == [
        "changed: static/vendor/designsystemet.css",
        "missing: static/vendor/htmx.min.js",
        "extra: static/vendor/jquery.js",
    ]


def test_another_version_in_package_json_is_found(copy):
    package = copy / "frontend/package.json"
    package.write_text(package.read_text().replace('"htmx.org": "4.0.1"', '"htmx.org": "4.0.2"'))
    assert find_problems(copy) == [
        f"version: {target} is 4.0.1, frontend/package.json says otherwise"
        for target in ["static/vendor/htmx.min.js", "static/vendor/licences/htmx.txt"]
    ]


def test_a_sprite_that_lacks_an_icon_is_found(copy):
    sprite = copy / "static/img/icons.svg"
    sprite.write_text(sprite.read_text().replace('id="search"', 'id="other"'))
    assert find_problems(copy) == [
        "changed: static/img/icons.svg",
        "icons: static/img/icons.svg does not hold the icons that core/icons.py lists",
    ]


def test_the_lock_names_no_registry_host():
    assert '"resolved"' not in (settings.BASE_DIR / "frontend/package-lock.json").read_text()
