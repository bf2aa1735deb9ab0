"""The environment, read once, prefix ``WANGGE_``; values are handed on, nobody else reads the environment."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
# Name, below `home`, of the file that says what was planted in the demo city.
TRUTH = "demo-truth.json"


@dataclass(frozen=True)
class Settings:
    """How this installation runs.

    Attributes
    ----------
    database_url : SQLAlchemy address of an existing PostGIS, used by the serving role; None means the private cluster.
    database_owner_url : the same database for the role that owns the tables and migrates; None means `database_url`.
    home : folder of everything that is kept: the private cluster, photos, tiles, keys, backups.
    host, port : where `wangge serve` listens.
    snap_limit_m : a point outside the city but this close to a grid, in metres, goes to the nearest grid.
    measure_crs : EPSG code of the projected system for areas and lengths (Anshan: 3-degree Gauss-Krüger, 123° E).
    code_profile : which structure grid codes follow: ``anshan18``, ``unit15`` or ``plain``.
    open_map, open_reporting : whether the plain map, and sending reports, are open to who has not signed in.
    secret_key : what seals secrets in the database; None means the key file below `home`.
    """

    database_url: str | None
    database_owner_url: str | None
    home: Path
    host: str = "127.0.0.1"
    port: int = 8000
    snap_limit_m: float = 50.0
    measure_crs: int = 4550
    code_profile: str = "anshan18"
    open_map: bool = False
    open_reporting: bool = False
    secret_key: str | None = None

    @property
    def photos(self) -> Path:
        """Folder of photos, by content hash, outside the web root."""
        return self.home / "photos"

    @property
    def keys(self) -> Path:
        """Folder of keys that are made at first use; nobody else may read it."""
        return self.home / "keys"

    @property
    def audit_heads(self) -> Path:
        """File of signed heads of the audit log, one JSON line each; copy it to where this machine cannot write."""
        return self.home / "audit-heads.jsonl"

    @property
    def tiles(self) -> Path:
        """Folder of drawn tiles, by layer and revision."""
        return self.home / "tiles"

    @property
    def backups(self) -> Path:
        """Folder where backups go that are given no name."""
        return self.home / "backups"

    @property
    def backup_key(self) -> Path:
        """The age identity that opens our backups."""
        return self.home / "keys" / "backup.key"


def default_home() -> Path:
    """Return the data folder of this checkout.

    A folder of its own outside the checkout, since a parent with mode 0700 keeps the postgres user out and a long
    path breaks PostgreSQL's sockets (107 bytes).
    """
    name = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
    if os.geteuid() == 0:
        return Path("/var/lib/wangge") / name
    return Path.home() / ".local/share/wangge" / name


def from_environment() -> Settings:
    """Read the settings from ``WANGGE_*`` variables."""
    get = os.environ.get
    home = get("WANGGE_HOME")
    return Settings(
        database_url=get("WANGGE_DATABASE_URL"),
        database_owner_url=get("WANGGE_DATABASE_OWNER_URL", get("WANGGE_DATABASE_URL")),
        home=Path(home) if home else default_home(),
        host=get("WANGGE_HOST", "127.0.0.1"),
        port=int(get("WANGGE_PORT", "8000")),
        snap_limit_m=float(get("WANGGE_SNAP_LIMIT_M", "50")),
        measure_crs=int(get("WANGGE_MEASURE_CRS", "4550")),
        code_profile=get("WANGGE_CODE_PROFILE", "anshan18"),
        open_map=_is_on(get("WANGGE_OPEN_MAP")),
        open_reporting=_is_on(get("WANGGE_OPEN_REPORTING")),
        secret_key=get("WANGGE_SECRET_KEY"),
    )


def _is_on(value: str | None) -> bool:
    return (value or "").strip().lower() in {"1", "true", "yes", "on"}
