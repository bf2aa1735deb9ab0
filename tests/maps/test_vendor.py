import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from gis.settings import CHECKOUT
from maps.style import STATIC

VENDOR = STATIC / "vendor"
TABLE = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))["packages"]
OURS = [*sorted((STATIC / "app").rglob("*")), *sorted((STATIC.parent / "templates").glob("*"))]
SHIPPED_CSS = sorted(STATIC.rglob("*.css"))
REMOTE = re.compile(r"""(?:https?:)?//[a-z0-9][\w.-]*\.[a-z]{2,}[^\s"'<>)]*""", re.I)
# Names of XML vocabularies: they look like addresses and are never fetched.
NAMES_ONLY = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml", "http://www.w3.org/1999/xlink")
LITERAL_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", re.I)


def files() -> list[Any]:
    return [
        pytest.param(package, file, id=f"{package['folder']}/{file['path']}")
        for package in TABLE
        for file in package["files"]
    ]


@pytest.mark.parametrize(("package", "file"), files())
def test_a_vendored_file_is_the_one_that_was_taken(package: dict[str, Any], file: dict[str, str]) -> None:
    content = (VENDOR / package["folder"] / file["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == file["sha256"]


@pytest.mark.parametrize("package", TABLE, ids=lambda package: package["name"])
def test_a_vendored_package_names_its_version_licence_and_origin(package: dict[str, Any]) -> None:
    assert all(package[key] for key in ("name", "version", "licence", "origin"))
    licence = (VENDOR / package["folder"] / package["licence_file"]).read_text(encoding="utf-8")
    assert len(licence) > 200


def test_every_file_in_the_vendor_folder_is_in_the_table() -> None:
    listed = {f"{package['folder']}/{file['path']}" for package in TABLE for file in package["files"]}
    licences = {f"{package['folder']}/{package['licence_file']}" for package in TABLE}
    present = {
        path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file() and path.suffix != ".pyc"
    }
    assert present - {"vendor.json", "refresh.py"} == listed | licences


def test_the_maintainers_script_finds_nothing_changed() -> None:
    script = str(VENDOR / "refresh.py")
    done = subprocess.run([sys.executable, script], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", [path for path in OURS if path.is_file()], ids=lambda path: path.name)
def test_no_file_of_ours_names_another_host(path: Path) -> None:
    found = [address for address in REMOTE.findall(path.read_text(encoding="utf-8")) if address not in NAMES_ONLY]
    assert found == []


@pytest.mark.parametrize("path", SHIPPED_CSS, ids=lambda path: path.name)
def test_no_style_sheet_loads_from_another_host(path: Path) -> None:
    css = path.read_text(encoding="utf-8")
    loads = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", css)
    addresses = [one or other for one, other in loads]
    assert [address for address in addresses if re.match(r"(https?:)?//", address)] == []


@pytest.mark.parametrize("path", [path for path in OURS if path.suffix in (".css", ".mjs")], ids=lambda path: path.name)
def test_colours_stand_in_the_tokens_and_nowhere_else(path: Path) -> None:
    if path.name != "tokens.css":
        without_private_names = re.sub(r"#[a-z_]\w*\s*[=;({.]", "", path.read_text(encoding="utf-8"))
        assert LITERAL_COLOUR.findall(without_private_names) == []


def test_the_font_covers_the_names_of_the_city_and_gb_2312() -> None:
    (font,) = VENDOR.glob("noto-*/*.woff2")
    covered = set(map(chr, TTFont(font).getBestCmap()))
    place_names = (CHECKOUT / "fixtures" / "geojson" / "divisions.geojson").read_text(encoding="utf-8")
    level_1_and_2 = "".join(
        bytes([row, cell]).decode("gb2312", errors="ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)
    )
    assert len(level_1_and_2) == 6763
    assert set(level_1_and_2 + "鞍岫岩靰鞡、。，：；？！（）《》“”—…") | set(place_names) - {"\n"} <= covered


def test_both_languages_say_the_same_things() -> None:
    words = {name: json.loads((STATIC / "i18n" / f"{name}.json").read_text(encoding="utf-8")) for name in ("zh", "en")}
    assert set(words["zh"]) == set(words["en"])
    slots = {name: {key: set(re.findall(r"{\w+}", text)) for key, text in of.items()} for name, of in words.items()}
    assert slots["zh"] == slots["en"]


def test_every_word_that_a_page_asks_for_is_there() -> None:
    words = json.loads((STATIC / "i18n" / "zh.json").read_text(encoding="utf-8"))
    asked = set()
    for path in OURS:
        if path.suffix in (".mjs", ".html"):
            asked |= set(
                re.findall(
                    r"""["':;\s]((?:shared|screen|field|audit|roster)(?:\.[\w-]+)+)(?=["';])""", path.read_text("utf-8")
                )
            )
    assert len(asked) > 50
    assert asked - set(words) == set()
