"""How long the import of a whole city takes, stage by stage.

Run it on a loaded city: `python -m tests.benchmarks.imports`. It writes the city that the WANGGE_* settings name to
files in a temporary folder, and reads, checks, stores and draws them in a PostgreSQL of its own, which it then removes.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from gis import settings as environment
from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.db import schema
from gis.services import exports, imports
from tests.staff import BY

NOUNS = ("divisions", "zones", "grids", "streets", "waters", "buildings")
SUFFIX = ".parquet"


class Stages:
    """Prints what a stage took when the next one begins."""

    def __init__(self) -> None:
        self.began = self.stage_began = time.perf_counter()
        self.stage = ""

    def next(self, stage: str) -> None:
        """End the stage before and begin another."""
        now = time.perf_counter()
        if self.stage:
            print(f"{self.stage:<28} {now - self.stage_began:>7.1f} s")
        self.stage, self.stage_began = stage, now


def main() -> int:
    """Print a line for each stage and the whole."""
    engine = engines.connect(clusters.addresses(environment.from_environment()).app, statement_limit_s=0)
    parent = Path("/var/lib/wangge") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    home = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
    home.chmod(0o755)
    cluster = clusters.Cluster(home)
    try:
        folder = home / "files"
        folder.mkdir()
        with engine.connect() as connection:
            counts = {noun: exports.write(connection, noun, folder / f"{noun}{SUFFIX}", by=BY) for noun in NOUNS}
        print(", ".join(f"{count:,} {noun}" for noun, count in counts.items()))
        cluster.up()
        owner = engines.connect(cluster.address(clusters.OWNER), statement_limit_s=0)
        schema.migrate(owner)
        stages = Stages()
        with engines.transaction(owner) as connection:
            imports.load(connection, folder, datum="cgcs2000", progress=stages.next, by=BY)
        stages.next("")
        print(f"{'import of the whole city':<28} {time.perf_counter() - stages.began:>7.1f} s")
        owner.dispose()
    finally:
        cluster.down()
        shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
