"""The benchmark of the gazetteer runs on the town, and ours finds more than its peers do."""

import pytest
import sqlalchemy as sa

from tests.benchmarks import gazetteer


def test_noisy_spellings_of_the_town_are_found(
    town_connection: sa.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = gazetteer.drawn(town_connection, gazetteer.SPELLINGS)
    assert len(asked) == 92
    assert len({each.text for each in asked} - {each.name for each in asked}) > 46
    _, first = gazetteer.compare(town_connection, asked)
    assert first > gazetteer.RECALL_BOUND
    lines = capsys.readouterr().out.splitlines()[1:]
    assert len(lines) == 3
    ours, *peers = (float(line.split()[-2].rstrip("%")) for line in lines)
    assert ours > max(peers)
