"""Translations. `python -m config.translations` compiles them, with Babel, so that no gettext is needed;
`--check` says what is missing, fuzzy or broken, and, where gettext is found, what makemessages would change."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LANGUAGES = ("nb", "nn", "sv")  # beside English, which stands in the code


def compile_translations(folder: Path = LOCALE) -> list[Path]:
    """Write the .mo beside every .po that is newer, and say which."""
    written = []
    for source in _sources(folder):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        # Beside the target, then in its place: a web process may be reading the old one.
        fresh = target.with_suffix(f".{os.getpid()}.new")
        with fresh.open("wb") as compiled:
            write_mo(compiled, _catalog(source))
        fresh.replace(target)
        written.append(target)
    return written


def faults(folder: Path = LOCALE) -> Iterator[str]:
    """Each sentence that is not ready: no translation, only a guess, or other placeholders than the original."""
    sources = {source.parent.parent.name: source for source in _sources(folder)}
    yield from (f"{language}: no translations" for language in LANGUAGES if language not in sources)
    for language, source in sources.items():
        catalog = _catalog(source)
        for message in catalog:
            if not message.id:
                continue
            if not all(_texts(message)):
                yield f"{language}: not translated: {_plain(message.id)}"
            elif message.fuzzy:
                yield f"{language}: only a guess: {_plain(message.id)}"
            else:
                yield from (f"{language}: {error}: {_plain(message.id)}" for error in message.check(catalog))


def differences() -> Iterator[str]:
    """What makemessages would add or drop, found out on a copy. Needs gettext's programs."""
    if not _sources(LOCALE):
        return
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.py", "*.html", "*.txt", "*.po"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")  # noqa: S603
    with tempfile.TemporaryDirectory() as place:
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (Path(place) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, Path(place) / name)
        languages = [f"--locale={language}" for language in LANGUAGES]
        command = [sys.executable, "manage.py", "makemessages", "--no-wrap", "--verbosity=0", *languages]
        unused = {"DATABASE_URL": "postgresql://nobody@/nowhere", "REDIS_URL": "redis://nowhere"}
        subprocess.run([*command, *EXTRACTION], cwd=place, check=True, env={**os.environ, **unused})  # noqa: S603
        for source in _sources(LOCALE):
            known = {message.id for message in _catalog(source)}
            found = {message.id for message in _catalog(Path(place) / source.relative_to(ROOT))}
            language = source.parent.parent.name
            yield from (f"{language}: new in the code: {_plain(each)}" for each in sorted(found - known, key=str))
            yield from (f"{language}: no longer used: {_plain(each)}" for each in sorted(known - found, key=str))


EXTRACTION = ["--extension=py,html,txt", "--ignore=tests", "--ignore=.venv", "--ignore=var", "--ignore=requirements"]


def check() -> int:
    """Print what is wrong. 1 when something is."""
    found = list(faults())
    if shutil.which("xgettext"):
        found += differences()
    else:
        print("Not compared with the code: gettext is not installed.", file=sys.stderr)
    print("\n".join(found) or "Translations are complete.")
    return 1 if found else 0


def _sources(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/LC_MESSAGES/*.po"))


def _catalog(source: Path) -> Catalog:
    with source.open("rb") as text:
        return read_po(text, locale=source.parent.parent.name)


def _texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def _plain(identity: str | Sequence[str]) -> str:
    return repr(identity if isinstance(identity, str) else identity[0])


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(check())
    compile_translations()
