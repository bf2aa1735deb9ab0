"""The environment, read once, prefix ``WANGGE_``; values are handed on, nobody else reads the environment."""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gis.domain.categories import Name
from gis.domain.identities import Provider, is_safe_address
from gis.domain.routing_rules import Rule
from gis.errors import InvalidInputError

CHECKOUT = Path(__file__).resolve().parent.parent
# Name, below `home`, of the file that says what was planted in the demo city.
TRUTH = "demo-truth.json"
OIDC_NAME = "统一身份认证/single sign-on"
OIDC_NEEDED = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")
OIDC = (*OIDC_NEEDED, "CLIENT_SECRET_FILE", "NAME", "SCOPES", "TRUSTS_MFA")
RATE = "WANGGE_RATE_"
RETENTION = re.compile(r"WANGGE_RETENTION_([A-Z_]+)_DAYS")


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
    sure_share : a grid with less than this share of a report's disc of accuracy is flagged, with the others.
    imprecise_m : a report whose accuracy is worse than this, in metres, waits for a clerk.
    address_score : an address found with a lower score, of 1, is not sure: a person should pick the place on the map.
    measure_crs : EPSG code of the projected system for areas and lengths (Anshan: 3-degree Gauss-Krüger, 123° E).
    code_profile : which structure grid codes follow: ``anshan18``, ``unit15`` or ``plain``.
    open_map, open_reporting : whether the plain map, and sending reports, are open to who has not signed in.
    secret_key : what seals secrets in the database, the newest key first, parted by commas; None means the key file
        below `home`.
    public_url : address that people reach this service by, without a path; None means the one of each request.
    identity_provider : who signs people in beside passwords (OpenID Connect); None means nobody.
    log_level : what is logged: ``debug``, ``info``, ``warning`` or ``error``; None leaves it to the command.
    trusted_proxies : addresses or networks, with commas, whose word on who asks and over https is taken; none if empty.
    rates : what replaces rows of the table of `api.budgets`, by the kind of request.
    retention_days : days of rules of retention that are to be shorter than `gis.domain.retention` has them, by name.
    """

    database_url: str | None
    database_owner_url: str | None
    home: Path
    host: str = "127.0.0.1"
    port: int = 8000
    snap_limit_m: float = 50.0
    sure_share: float = 0.6
    imprecise_m: float = 500.0
    address_score: float = 0.5
    measure_crs: int = 4550
    code_profile: str = "anshan18"
    open_map: bool = False
    open_reporting: bool = False
    secret_key: str | None = None
    public_url: str | None = None
    identity_provider: Provider | None = None
    log_level: str | None = None
    trusted_proxies: str = ""
    rates: Mapping[str, str] = field(default_factory=dict)
    retention_days: Mapping[str, int] = field(default_factory=dict)

    @property
    def rule(self) -> Rule:
        """The routing rule with the limits of this installation."""
        return Rule(self.snap_limit_m, self.sure_share, self.imprecise_m)

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
    def erasures(self) -> Path:
        """File of the reports that were erased, one JSON line each, to erase them again after a restore."""
        return self.home / "erasures.jsonl"

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
        sure_share=float(get("WANGGE_SURE_SHARE", "0.6")),
        imprecise_m=float(get("WANGGE_IMPRECISE_M", "500")),
        address_score=float(get("WANGGE_ADDRESS_SCORE", "0.5")),
        measure_crs=int(get("WANGGE_MEASURE_CRS", "4550")),
        code_profile=get("WANGGE_CODE_PROFILE", "anshan18"),
        open_map=_is_on(get("WANGGE_OPEN_MAP")),
        open_reporting=_is_on(get("WANGGE_OPEN_REPORTING")),
        secret_key=get("WANGGE_SECRET_KEY"),
        public_url=_public_url(get("WANGGE_PUBLIC_URL")),
        identity_provider=_identity_provider(get),
        log_level=get("WANGGE_LOG_LEVEL"),
        trusted_proxies=get("WANGGE_TRUSTED_PROXIES", ""),
        rates={name.removeprefix(RATE).lower(): value for name, value in os.environ.items() if name.startswith(RATE)},
        retention_days=_retention_days(),
    )


def _public_url(given: str | None) -> str | None:
    """Return the address without its last slash. Raises `InvalidInputError` for one that is none, or has a path."""
    if not given:
        return None
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise InvalidInputError("WANGGE_PUBLIC_URL is an address such as https://wangge.example, without a path.")
    return given.rstrip("/")


def _identity_provider(get: Callable[..., Any]) -> Provider | None:
    """Return the identity provider, or None where nothing is said about one.

    Raises `InvalidInputError` where only a part is said, or the issuer is not safe to send secrets to.
    """
    given = {name: str(get(f"WANGGE_OIDC_{name}", "")).strip() for name in OIDC}
    secret_file = given.pop("CLIENT_SECRET_FILE")
    if secret_file and not given["CLIENT_SECRET"]:
        given["CLIENT_SECRET"] = _secret(Path(secret_file))
    if not any(given.values()):
        return None
    missing = [f"WANGGE_OIDC_{name}" for name in OIDC_NEEDED if not given[name]]
    if missing:
        raise InvalidInputError(f"To sign in by OpenID Connect, set {' and '.join(missing)} too, or none of them.")
    scopes = given["SCOPES"] or "openid"
    if not is_safe_address(given["ISSUER"]) or "?" in given["ISSUER"]:
        raise InvalidInputError("WANGGE_OIDC_ISSUER begins with https://, or http:// on this very machine.")
    if "openid" not in scopes.split():
        raise InvalidInputError("WANGGE_OIDC_SCOPES is a list parted by spaces that holds openid.")
    zh, _, en = (given["NAME"] or OIDC_NAME).partition("/")
    name = Name(zh.strip(), en.strip() or zh.strip())
    is_trusted = _is_on(given["TRUSTS_MFA"])
    return Provider(given["ISSUER"], given["CLIENT_ID"], given["CLIENT_SECRET"], name, scopes, is_trusted)


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"WANGGE_OIDC_CLIENT_SECRET_FILE names {path}, which cannot be read.") from error


def _retention_days() -> dict[str, int]:
    """Return the days that are given for rules of retention. Raises `InvalidInputError` for what is no number."""
    given = {match[1].lower(): days for name, days in os.environ.items() if (match := RETENTION.fullmatch(name))}
    for name, days in given.items():
        if not (days.isascii() and days.isdigit()):
            raise InvalidInputError(f"WANGGE_RETENTION_{name.upper()}_DAYS is a number of days, not {days[:40]!r}.")
    return {name: int(days) for name, days in given.items()}


def _is_on(value: str | None) -> bool:
    return (value or "").strip().lower() in {"1", "true", "yes", "on"}
