"""Fetch the vendored packages again and write `vendor.json`; for maintainers, nobody else runs it.

    python maps/static/vendor/refresh.py            checks that every file still has its sha256
    python maps/static/vendor/refresh.py NAME ...   fetches these packages again (needs npm; the font needs
                                                    fonttools and Debian's fonts-noto-cjk)

To add or update a package, write its entry in `vendor.json` (name, version, licence, licence_file, folder, files with
`path` and the `source` inside the npm package) and run this with its name: it fills in the hashes. Packages are only
unpacked, never installed: no script of theirs runs.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TABLE = HERE / "vendor.json"
FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
FONT_FACE_SC = 2
# Place names of Anshan outside GB 2312, and signs that pages use.
MORE_CHARACTERS = "靰鞡—–…“”‘’·•≤≥−×→←↑↓√²³°±"


def main(names: list[str]) -> int:
    """Fetch the packages named, or check all of them; return the exit code."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    if not names:
        return check(table)
    for package in table["packages"]:
        if package["name"] in names:
            fetch(package)
            print(package["name"], package["version"], "fetched")
    TABLE.write_text(json.dumps(table, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0


def check(table: dict[str, Any]) -> int:
    """Say which files are not the ones that were taken; return how many."""
    wrong = 0
    for package in table["packages"]:
        for file in package["files"]:
            path = HERE / package["folder"] / file["path"]
            if not path.is_file() or sha256(path) != file["sha256"]:
                print("differs:", path.relative_to(HERE))
                wrong += 1
    return wrong


def fetch(package: dict[str, Any]) -> None:
    """Write the files of one package into its folder, and their hashes into its entry."""
    folder = HERE / package["folder"]
    folder.mkdir(exist_ok=True)
    if package["origin"] == "npm":
        unpack(package, folder)
    else:
        build_font(folder / package["files"][0]["path"])
    for file in package["files"]:
        file["sha256"] = sha256(folder / file["path"])


def unpack(package: dict[str, Any], folder: Path) -> None:
    """Take the listed files and the licence out of the npm package."""
    with tempfile.TemporaryDirectory() as scratch:
        wanted = f"{package['name']}@{package['version']}"
        subprocess.run(["npm", "pack", "--ignore-scripts", wanted], cwd=scratch, check=True, capture_output=True)
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
            for file in package["files"]:
                member = archive.extractfile(f"package/{file['source']}")
                if member is None:
                    raise SystemExit(f"{wanted} has no {file['source']}")
                target = folder / file["path"]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(member.read())


def build_font(target: Path) -> None:
    """Cut Noto Sans CJK SC down to GB 2312 and write it as one woff2 (one file: a split font draws boxes on maps)."""
    subprocess.run(
        [
            *(sys.executable, "-m", "fontTools.subset", str(FONT), f"--font-number={FONT_FACE_SC}"),
            *("--flavor=woff2", "--no-hinting", "--layout-features=", "--name-IDs=*", f"--output-file={target}"),
            f"--unicodes={','.join(f'{ord(each):x}' for each in sorted(gb2312() | set(MORE_CHARACTERS)))}",
        ],
        check=True,
    )


def gb2312() -> set[str]:
    """Return the characters of GB 2312, ASCII and Latin-1."""
    rows, cells = range(0xA1, 0xF8), range(0xA1, 0xFF)
    hanzi = "".join(bytes([row, cell]).decode("gb2312", errors="ignore") for row in rows for cell in cells)
    return set(hanzi) | set(map(chr, range(0x20, 0x7F))) | set(map(chr, range(0xA0, 0x100)))


def sha256(path: Path) -> str:
    """Return the hash of a file as hexadecimal text."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
