"""All measurements on the loaded city in one run: routing beside its peers, tiles, policies, import, roster, gazetteer.

Run it with `python -m tests.benchmarks`; each part runs alone as `python -m tests.benchmarks.routing` and so on. The
exit code is 1 when a bound is broken.
"""

import sys

from tests.benchmarks import gazetteer, imports, rosters, routing, scopes, tiles


def main() -> int:
    """Run every part, one after the other."""
    broken = 0
    parts = {
        "Routing": lambda: routing.main([]),
        "Tiles": tiles.main,
        "Policies": scopes.main,
        "Import": imports.main,
        "Roster": rosters.main,
        "Gazetteer": gazetteer.main,
    }
    for name, part in parts.items():
        print(f"\n== {name} ==\n")
        broken |= part()
    return broken


if __name__ == "__main__":
    sys.exit(main())
