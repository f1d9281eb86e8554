"""docs/notices.md: every message on one page, written from the registry."""

from pathlib import Path

from django.conf import settings
from django.utils import translation

from notifications.registry import NOTICES, Notice

PATH: Path = settings.BASE_DIR / "docs" / "notices.md"
_HEAD = """# Every message the system sends

Written by `manage.py list_notices --write` from the registry (`notifications/registry.py`); a test fails when it is not
current. Mail goes out unless it is switched off; the other channels when a person chooses them under "My notices".

"The teacher who booked" and "those who answer for the host" are people who still work there. For whoever has left, the
school's counsellors and principals read, and at the host its other contact persons: one rule, `visits/recipients.py`.
"""


def document() -> str:
    """The page as it should be, in English."""
    with translation.override("en"):
        return _HEAD + "".join(_section(notice) for notice in sorted(NOTICES.values(), key=lambda notice: notice.name))


def _section(notice: Notice) -> str:
    facts = [
        ("To", notice.to),
        ("Rule", notice.rule),
        ("Channels", ", ".join(str(channel.label) for channel in notice.channels)),
        ("Can be switched off", f"no: {notice.necessary}" if notice.necessary else "yes"),
        ("Templates", ", ".join(f"`{template}`" for template in notice.templates)),
    ]
    rows = "".join(f"| {name} | {text} |\n" for name, text in facts)
    return f"\n## {notice.title}\n\n`{notice.name}`\n\n| | |\n| --- | --- |\n{rows}"
