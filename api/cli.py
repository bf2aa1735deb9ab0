"""The `wangge` command: every command in one list, errors in one sentence.

Command modules import nothing heavy at their top, so `wangge --help` answers at once.
"""

import importlib
import sys
from types import ModuleType
from typing import NoReturn

import typer

from api.exit_codes import exit_code
from gis.errors import WanggeError

FAULTS_SHOWN = 20
# Name of the command, and where it is: a module with an `app` of subcommands, or with a function of that name.
COMMANDS = (
    ("serve", "api.commands.serve"),
    ("demo", "api.commands.demo"),
    ("worker", "api.commands.worker"),
    ("db", "api.commands.db"),
    ("user", "api.commands.user"),
    ("import", "api.commands.imports"),
    ("export", "api.commands.exports"),
    ("backup", "api.commands.backup"),
    ("restore", "api.commands.restore"),
    ("photos", "api.commands.photos"),
    ("check", "api.commands.check"),
    ("route", "api.commands.route"),
    ("map", "api.commands.map"),
    ("audit", "api.commands.audit"),
    ("reporter", "api.commands.reporter"),
    ("secrets", "api.commands.secrets"),
    ("register", "api.commands.register"),
    ("retention", "api.commands.retention"),
    ("figures", "api.commands.figures"),
    ("access-log", "api.commands.access_log"),
    ("routes", "api.commands.routes"),
    ("openapi", "api.commands.openapi"),
)
HELP = """Wangge 网格: one city, divided into grids; everything that happens finds its grid.

First steps:

  wangge demo --commit --serve                 a whole city, made and served

  wangge serve                                 the map at http://127.0.0.1:8000/

  wangge route points.csv --datum gcj02 -o routed.parquet

  wangge import FOLDER --datum cgcs2000        shows what it would do; --commit does it

Every command teaches itself: wangge COMMAND --help. Settings are WANGGE_* variables.
"""

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; what can be understood is told in one sentence on stderr."""
    try:
        app()
    except WanggeError as error:
        _tell(error)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except OSError as error:
        if error.filename is None or "--trace" in sys.argv:
            _tell_unforeseen(error)
        print(f"error: {error.filename}: {error.strerror}.", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        _tell_unforeseen(error)


def _tell_unforeseen(error: Exception) -> NoReturn:
    """Be the last door: no trace for people, all of it for who asks."""
    if "--trace" in sys.argv:
        raise error
    print(f"error: unforeseen {type(error).__name__}: {_first_line(error)}", file=sys.stderr)
    print("Run it again with --trace before the command to see where.", file=sys.stderr)
    sys.exit(1)


@app.callback()
def _options(
    trace: bool = typer.Option(False, "--trace", help="Show where an unforeseen error came from.", hidden=True),
) -> None:
    """Options that stand before the command."""


def _tell(error: WanggeError) -> None:
    print(f"error: {error.detail}", file=sys.stderr)
    for fault in error.faults[:FAULTS_SHOWN]:
        if fault.detail != error.detail:
            print(f"  {fault.pointer}: {fault.detail}", file=sys.stderr)
    if len(error.faults) > FAULTS_SHOWN:
        print(f"  and {len(error.faults) - FAULTS_SHOWN} more", file=sys.stderr)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0]


def _register(name: str, module: ModuleType) -> None:
    group = getattr(module, "app", None)
    if isinstance(group, typer.Typer):
        app.add_typer(group, name=name)
    else:
        app.command(name, epilog=getattr(module, "EPILOG", None))(getattr(module, module.__name__.rpartition(".")[2]))


for _name, _path in COMMANDS:
    _register(_name, importlib.import_module(_path))
