"""`wangge map` writes one file that needs nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gis.settings import Settings


def wangge(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "WANGGE_DATABASE_URL": str(settings.database_url), "WANGGE_HOME": str(settings.home)}
    command = [sys.executable, "-c", "from api.cli import main; main()", "map", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", ["hotspots", "patrols", "cameras"])
def test_a_map_is_one_file_with_everything_in_it(settings: Settings, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.html"
    done = wangge(settings, name, "-o", str(path), "--within", "210304015000", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "opens in any browser without a network" in done.stdout
    page = path.read_text(encoding="utf-8")
    without_scripts = re.sub(r"<script data-asset>.*?</script>", "", page, flags=re.S)
    assert re.findall(r'(?:src|href)="(?!data:)', without_scripts) == []


def test_days_are_chinas_days(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    done = wangge(settings, "hotspots", "-o", str(path), "--since", "2026-04-01", "--until", "2026-07-02")
    assert done.returncode == 0, done.stderr
    assert "2026-04-01 00:00 – 2026-07-02 00:00" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["hotspots", "--within", "990000000000"], "no division"),
        (["hotspots", "--within", "210304"], "write 210304000000"),
        (["hotspots", "--category", "people"], "no category"),
        (["patrols", "--since", "2026-07-01", "--until", "2026-06-01"], "must end after it begins"),
        (["patrols", "--reach-m", "0"], "reach_m"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence_and_no_file(
    settings: Settings, tmp_path: Path, words: list[str], said: str
) -> None:
    path = tmp_path / "map.html"
    done = wangge(settings, *words, "-o", str(path))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not path.exists()
