import hashlib
import json
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.icons import ICONS

ROOT = settings.BASE_DIR
FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"
MANIFEST = ROOT / "static" / "vendor" / "MANIFEST.json"

# Where each file comes from: package, path below frontend/ or inside the package, target in the project.
COPIES = [
    ("@digdir/designsystemet-css", "dist/src/index.css", "static/vendor/designsystemet.css"),
    ("@digdir/designsystemet-css", "LICENSE", "static/vendor/licences/designsystemet.txt"),
    ("htmx.org", "dist/htmx.min.js", "static/vendor/htmx.min.js"),
    ("htmx.org", "LICENSE", "static/vendor/licences/htmx.txt"),
    (
        "@fontsource-variable/inter",
        "files/inter-latin-wght-normal.woff2",
        "static/vendor/inter-latin-wght-normal.woff2",
    ),
    (
        "@fontsource-variable/inter",
        "files/inter-latin-ext-wght-normal.woff2",
        "static/vendor/inter-latin-ext-wght-normal.woff2",
    ),
    ("@fontsource-variable/inter", "LICENSE", "static/vendor/licences/inter.txt"),
    ("@expo-google-fonts/inter", "400Regular/Inter_400Regular.ttf", "visits/fonts/Inter_400Regular.ttf"),
    ("@expo-google-fonts/inter", "700Bold/Inter_700Bold.ttf", "visits/fonts/Inter_700Bold.ttf"),
    ("@expo-google-fonts/inter", "LICENSE_FONT", "visits/fonts/licence.txt"),
    ("lucide-static", "LICENSE", "static/vendor/licences/lucide.txt"),
    ("axe-core", "axe.min.js", "tests/vendor/axe.min.js"),
    ("axe-core", "LICENSE", "tests/vendor/axe-licence.txt"),
]
SPRITE = ("lucide-static", "static/img/icons.svg")
# `npm run theme` makes it from designsystemet.config.json.
THEME = ("@digdir/designsystemet", FRONTEND / "design-tokens-build" / "stal.css", "static/css/theme.css")
# Folders that hold vendored files and nothing else.
VENDOR_FOLDERS = ["static/vendor", "tests/vendor", "visits/fonts"]


class Command(BaseCommand):
    help = "Copy third-party files from frontend/node_modules, or check that the copies are untouched (--check)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare with the manifest; needs no node")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            problems = find_problems(ROOT)
            if problems:
                raise CommandError("\n".join(problems))
            self.stdout.write("Vendored files are as the manifest says.")
        else:
            copy_files()
            self.stdout.write(f"Wrote {MANIFEST.relative_to(ROOT)}.")


def copy_files() -> None:
    """Bring in every file on the list, draw the icon sprite, write the manifest."""
    manifest = {}
    for package, source, target in COPIES:
        manifest[target] = _write(target, (MODULES / package / source).read_bytes(), package)
    package, target = SPRITE
    manifest[target] = _write(target, _sprite().encode(), package)
    package, theme, target = THEME
    manifest[target] = _write(target, _dark_on_screens_only(theme.read_text()).encode(), package)
    MANIFEST.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


def find_problems(root: Path) -> list[str]:
    """What differs from the manifest: changed, missing and extra files, versions and icons that do not match."""
    manifest = json.loads((root / "static/vendor/MANIFEST.json").read_text())
    package_json = json.loads((root / "frontend/package.json").read_text())
    wanted = package_json["dependencies"] | package_json["devDependencies"]
    problems = []
    for target, entry in manifest.items():
        file = root / target
        if not file.exists():
            problems.append(f"missing: {target}")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != entry["sha256"]:
            problems.append(f"changed: {target}")
        if wanted.get(entry["package"]) != entry["version"]:
            problems.append(f"version: {target} is {entry['version']}, frontend/package.json says otherwise")
    for folder in VENDOR_FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            name = file.relative_to(root).as_posix()
            if file.is_file() and name not in manifest and file.name != "MANIFEST.json":
                problems.append(f"extra: {name}")
    drawn = re.findall(r'<symbol id="([^"]+)"', (root / SPRITE[1]).read_text()) if (root / SPRITE[1]).exists() else []
    if drawn != list(ICONS):
        problems.append("icons: static/img/icons.svg does not hold the icons that core/icons.py lists")
    return problems


def _write(target: str, content: bytes, package: str) -> dict[str, Any]:
    file = ROOT / target
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    about = json.loads((MODULES / package / "package.json").read_text())
    return {
        "package": package,
        "version": about["version"],
        "licence": about["license"],
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }


def _dark_on_screens_only(theme: str) -> str:
    """Whoever reads in the dark still prints on white paper."""
    dark = "@layer ds.theme.color-scheme.dark {"
    begin = theme.index(dark)
    end, depth = begin + len(dark), 1
    while depth:
        depth += {"{": 1, "}": -1}.get(theme[end], 0)
        end += 1
    return f"{theme[:begin]}@media screen {{\n{theme[begin:end]}\n}}{theme[end:]}"


def _sprite() -> str:
    """One SVG with a symbol per icon; size and stroke come from the stylesheet (`.icon`)."""
    symbols = []
    for name in ICONS:
        drawing = (MODULES / "lucide-static" / "icons" / f"{name}.svg").read_text()
        inner = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
        if not inner:
            raise CommandError(f"{name}.svg holds no drawing.")
        shapes = re.sub(r"\s*\n\s*", "", inner[1]).replace(" />", "/>")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
