"""The budget for what every page loads (FRONTEND.md): brotli, as it goes over the wire."""

import brotli
from django.conf import settings

STATIC = settings.BASE_DIR / "static"


def weight(*names: str) -> int:
    return sum(len(brotli.compress((STATIC / name).read_bytes())) for name in names)


def test_styles_weigh_less_than_30_kilobytes():
    assert weight("vendor/designsystemet.css", "css/theme.css", "css/app.css") < 30_000


def test_scripts_weigh_less_than_15_kilobytes():
    assert weight("vendor/htmx.min.js", "js/app.js") < 15_000
    assert (STATIC / "js/app.js").stat().st_size < 2_000


def test_icons_and_font_stay_light():
    assert weight("img/icons.svg") < 5_000
    assert (STATIC / "vendor/inter-latin-wght-normal.woff2").stat().st_size < 50_000
