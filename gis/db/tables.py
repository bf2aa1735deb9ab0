"""Every table, index and constraint (SQLAlchemy Core + GeoAlchemy2).

All geometry is EPSG:4490, longitude latitude, on the lattice of 2^-23 degree, but for `tile_shapes`, which is drawn
material in EPSG:3857. Time ranges are half-open `[from, to)`: `valid` says when something is so in the city, `known`
says when the system believed it. Dates never overlap: the database itself refuses.
"""

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, TSTZRANGE, UUID, ExcludeConstraint

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

STILL_BELIEVED = sa.text("upper_inf(known)")


def _shape(name: str, kind: str, *, nullable: bool = False, srid: int = 4490) -> sa.Column[object]:
    """Return a geometry column; its GiST index is named beside the table, so that it stands in one list."""
    return sa.Column(name, Geometry(kind, srid=srid, spatial_index=False), nullable=nullable)


def _synthetic() -> sa.Column[object]:
    """Return the column by which everything that the demo made says so, wherever it is carried to."""
    return sa.Column("synthetic", sa.Boolean, nullable=False, server_default=sa.false())


def _times() -> list[sa.Column[object]]:
    """Return the two time ranges of a versioned row."""
    return [
        sa.Column("valid", TSTZRANGE, nullable=False),
        sa.Column("known", TSTZRANGE, nullable=False, server_default=sa.text("tstzrange(now(), null)")),
    ]


def _certainty() -> list[sa.Column[object]]:
    """Return what says how sure a decision was, and by which rule; null of decisions from before it was kept."""
    return [
        sa.Column("rule_id", sa.SmallInteger, sa.ForeignKey("routing_rules.id")),
        sa.Column("share", sa.Float, comment="of the disc of accuracy that lies in the grid"),
        sa.Column("alternatives", JSONB, comment="shares outside and of other grids, largest first; null where none"),
        sa.Column("doubt", sa.Text, comment="near_border, imprecise; null where sure"),
    ]


def _not_empty() -> sa.CheckConstraint:
    """Refuse a boundary without area: nothing could lie in it, and it has no place to be listed by."""
    return sa.CheckConstraint("not ST_IsEmpty(boundary)", name="boundary_is_not_empty")


def _never_twice(column: str, name: str) -> ExcludeConstraint:
    """Refuse two believed rows with the same value of `column` on the same day."""
    return ExcludeConstraint((column, "="), ("valid", "&&"), where=STILL_BELIEVED, using="gist", name=name)


plans = sa.Table(
    "plans",
    metadata,
    sa.Column("revision", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("in_force_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("changes", sa.Integer, nullable=False),
)

divisions = sa.Table(
    "divisions",
    metadata,
    sa.Column("version", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("parent_code", sa.Text),
    _synthetic(),
    _shape("boundary", "MULTIPOLYGON"),
    *_times(),
    sa.CheckConstraint("level in ('city', 'county', 'town', 'village')", name="level"),
    sa.CheckConstraint("code ~ '^[0-9]{12}$'", name="code_is_12_digits"),
    sa.CheckConstraint("ST_IsValid(boundary)", name="boundary_is_valid"),
    _not_empty(),
    _never_twice("code", "divisions_one_boundary_at_a_time"),
    sa.Index("ix_divisions_boundary", "boundary", postgresql_using="gist"),
    sa.Index("ix_divisions_parent_code", "parent_code"),
)

zones = sa.Table(
    "zones",
    metadata,
    sa.Column("version", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    _synthetic(),
    _shape("boundary", "MULTIPOLYGON"),
    *_times(),
    sa.CheckConstraint("ST_IsValid(boundary)", name="boundary_is_valid"),
    _not_empty(),
    _never_twice("code", "zones_one_boundary_at_a_time"),
    sa.Index("ix_zones_boundary", "boundary", postgresql_using="gist"),
)

level2_grids = sa.Table(
    "level2_grids",
    metadata,
    sa.Column("version", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("village_code", sa.Text, nullable=False),
    _synthetic(),
    _shape("boundary", "MULTIPOLYGON"),
    *_times(),
    _not_empty(),
    _never_twice("code", "level2_grids_one_boundary_at_a_time"),
    sa.Index("ix_level2_grids_boundary", "boundary", postgresql_using="gist"),
    sa.Index("ix_level2_grids_village_code", "village_code"),
)

grids = sa.Table(
    "grids",
    metadata,
    sa.Column("version", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("id", sa.BigInteger, nullable=False, comment="permanent: given once, decides shared borders"),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("category", sa.Text, comment="of a dedicated grid: school, hospital, ..."),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("village_code", sa.Text, nullable=False, comment="home village"),
    sa.Column("level2_code", sa.Text),
    sa.Column("urban", sa.Boolean, nullable=False),
    sa.Column("households", sa.Integer, nullable=False, server_default="0"),
    sa.Column("headcount", sa.Integer, nullable=False, server_default="0"),
    sa.Column("building", sa.Text, comment="with unit and floors: tells stacked grids apart"),
    sa.Column("unit", sa.Text),
    sa.Column("floor_from", sa.SmallInteger),
    sa.Column("floor_to", sa.SmallInteger),
    _synthetic(),
    _shape("boundary", "MULTIPOLYGON"),
    sa.Column("revision", sa.BigInteger, sa.ForeignKey("plans.revision"), nullable=False),
    *_times(),
    sa.CheckConstraint("kind in ('comprehensive', 'dedicated')", name="kind"),
    sa.CheckConstraint("(kind = 'dedicated') = (category is not null)", name="category_of_dedicated"),
    sa.CheckConstraint("households >= 0 and headcount >= 0", name="counts"),
    sa.CheckConstraint("ST_IsValid(boundary)", name="boundary_is_valid"),
    _not_empty(),
    _never_twice("id", "grids_one_boundary_at_a_time"),
    _never_twice("code", "grids_one_code_at_a_time"),
    sa.Index("ix_grids_boundary", "boundary", postgresql_using="gist"),
    sa.Index("ix_grids_code", "code"),
    sa.Index("ix_grids_id", "id"),
    sa.Index("ix_grids_village_code", "village_code"),
    sa.Index("ix_grids_level2_code", "level2_code"),
)

lineage = sa.Table(
    "lineage",
    metadata,
    sa.Column("revision", sa.BigInteger, sa.ForeignKey("plans.revision"), primary_key=True),
    sa.Column("parent_id", sa.BigInteger, primary_key=True),
    sa.Column("child_id", sa.BigInteger, primary_key=True),
    sa.Column("area_share", sa.Float, nullable=False, comment="share of its area that went to the child"),
    sa.Column("headcount_share", sa.Float, comment="share of its headcount; null where only area is known"),
)

grid_ids = sa.Sequence("grid_ids", metadata=metadata)

layers = sa.Table(
    "layers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("source", sa.Text, nullable=False, server_default=""),
    sa.Column("loaded_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
)

streets = sa.Table(
    "streets",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("category", sa.Text, nullable=False, comment="trunk, main, side, lane"),
    _synthetic(),
    _shape("path", "MULTILINESTRING"),
    sa.Index("ix_streets_path", "path", postgresql_using="gist"),
)

waters = sa.Table(
    "waters",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("category", sa.Text, nullable=False, comment="river, stream, lake"),
    _synthetic(),
    _shape("surface", "MULTIPOLYGON"),
    sa.Index("ix_waters_surface", "surface", postgresql_using="gist"),
)

buildings = sa.Table(
    "buildings",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("floors", sa.SmallInteger, nullable=False),
    sa.Column("households", sa.Integer, nullable=False, server_default="0"),
    _synthetic(),
    _shape("footprint", "MULTIPOLYGON"),
    sa.Index("ix_buildings_footprint", "footprint", postgresql_using="gist"),
)

addresses = sa.Table(
    "addresses",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False, comment="as it is written"),
    sa.Column("units", sa.SmallInteger),
    sa.Column("floors", sa.SmallInteger),
    sa.Column("source", sa.Text, nullable=False, server_default="", comment="whose register it is from"),
    _synthetic(),
    _shape("extent", "GEOMETRY"),
    _shape("location", "POINT"),
    sa.Column("folded", sa.Text, nullable=False, comment="entry_key of gis.domain.addresses"),
    sa.CheckConstraint("kind in ('street', 'building', 'place')", name="kind"),
    sa.Index("ix_addresses_folded", "folded", postgresql_using="gin", postgresql_ops={"folded": "gin_trgm_ops"}),
)

cameras = sa.Table(
    "cameras",
    metadata,
    sa.Column("code", sa.Text, primary_key=True, comment="GB/T 28181, 20 digits"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("village_code", sa.Text, comment="where it stands; decides who may see it"),
    sa.Column("zone_code", sa.Text),
    _synthetic(),
    _shape("location", "POINT"),
    sa.Column("heading_deg", sa.Float, nullable=False, comment="clockwise from north"),
    sa.Column("view_deg", sa.Float, nullable=False, comment="width of the sector; 360 for a dome"),
    sa.Column("range_m", sa.Float, nullable=False),
    sa.CheckConstraint("view_deg > 0 and view_deg <= 360", name="view"),
    sa.CheckConstraint("range_m > 0", name="range"),
    sa.Index("ix_cameras_location", "location", postgresql_using="gist"),
)

patrols = sa.Table(
    "patrols",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("post", sa.Text, nullable=False, comment="a numbered post, never a name"),
    sa.Column("village_code", sa.Text, comment="half way along the track; decides who may see it"),
    sa.Column("zone_code", sa.Text),
    sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=False),
    _synthetic(),
    _shape("track", "LINESTRING"),
    sa.CheckConstraint("ended_at >= started_at", name="times"),
    sa.Index("ix_patrols_track", "track", postgresql_using="gist"),
    sa.Index("ix_patrols_started_at", "started_at"),
)

photos = sa.Table(
    "photos",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True, comment="of the cleaned file as it is served"),
    sa.Column("width_px", sa.Integer, nullable=False),
    sa.Column("height_px", sa.Integer, nullable=False),
    sa.Column("stored_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
)

# Its policy lets through what a visible report names; see migration 0012.
photo_origins = sa.Table(
    "photo_origins",
    metadata,
    sa.Column(
        "sha256", sa.Text, sa.ForeignKey("photos.sha256", ondelete="CASCADE"), primary_key=True, comment="of the photo"
    ),
    sa.Column("taken_at", sa.TIMESTAMP(timezone=True), comment="as the photo says"),
    sa.Column("taken_local", sa.Text, comment="as the photo says, of a clock whose offset nobody told"),
    _shape("location", "POINT", nullable=True),
    sa.Column("datum", sa.Text, comment="that the photo declares its place to be in"),
    sa.Column("accuracy_m", sa.Float),
    sa.CheckConstraint("(location is null) = (datum is null)", name="place_has_a_datum"),
)

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True, comment="made by the sender"),
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), nullable=False, unique=True),
    sa.Column("body_sha256", sa.Text, nullable=False, comment="tells a repeat from another body under the same id"),
    sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("captured_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    _shape("location", "POINT"),
    sa.Column("original_x", sa.Float, nullable=False),
    sa.Column("original_y", sa.Float, nullable=False),
    sa.Column("datum", sa.Text, nullable=False),
    sa.Column("accuracy_m", sa.Float),
    _synthetic(),
    sa.Column(
        "erased_at", sa.TIMESTAMP(timezone=True), comment="when its words and photos were erased for its reporter"
    ),
    sa.Index("ix_reports_location", "location", postgresql_using="gist"),
    sa.Index("ix_reports_captured_at", "captured_at"),
)

report_photos = sa.Table(
    "report_photos",
    metadata,
    sa.Column("report_id", UUID(as_uuid=True), sa.ForeignKey("reports.id"), nullable=False),
    sa.Column("position", sa.SmallInteger, nullable=False, comment="from 1, as the sender has them"),
    sa.Column("sha256", sa.Text, sa.ForeignKey("photos.sha256"), nullable=False),
    sa.PrimaryKeyConstraint("report_id", "position"),
    sa.UniqueConstraint("report_id", "sha256"),
    sa.CheckConstraint("position between 1 and 10", name="position"),
    sa.Index("ix_report_photos_sha256", "sha256"),
)

routing_rules = sa.Table(
    "routing_rules",
    metadata,
    sa.Column("id", sa.SmallInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("version", sa.SmallInteger, nullable=False, comment="of the code that decided"),
    sa.Column("snap_limit_m", sa.Float, nullable=False),
    sa.Column("sure_share", sa.Float, nullable=False, comment="of the disc of accuracy; below it a grid is not sure"),
    sa.Column("imprecise_m", sa.Float, nullable=False, comment="a wider disc is left to a clerk"),
    sa.UniqueConstraint("version", "snap_limit_m", "sure_share", "imprecise_m"),
)

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("report_id", UUID(as_uuid=True), sa.ForeignKey("reports.id"), primary_key=True),
    sa.Column("revision", sa.BigInteger, sa.ForeignKey("plans.revision"), nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("grid_id", sa.BigInteger),
    sa.Column("dedicated_id", sa.BigInteger),
    sa.Column("level2_code", sa.Text),
    sa.Column("village_code", sa.Text),
    sa.Column("zone_code", sa.Text),
    sa.Column(
        "post_code", sa.Text, comment="of the grid whose post answers: dedicated, level-2 where stacked, or leaf"
    ),
    sa.Column("distance_m", sa.Float),
    *_certainty(),
    sa.CheckConstraint("(method in ('outside', 'imprecise')) = (grid_id is null)", name="unrouted_has_no_grid"),
    sa.Index("ix_assignments_grid_id", "grid_id"),
    sa.Index("ix_assignments_dedicated_id", "dedicated_id", postgresql_where=sa.text("dedicated_id is not null")),
    sa.Index("ix_assignments_village_code", "village_code"),
    sa.Index("ix_assignments_post_code", "post_code"),
    sa.Index("ix_assignments_level2_code", "level2_code"),
    sa.Index("ix_assignments_zone_code", "zone_code", postgresql_where=sa.text("zone_code is not null")),
    sa.Index("ix_assignments_outside", "report_id", postgresql_where=sa.text("grid_id is null")),
)

assignment_history = sa.Table(
    "assignment_history",
    metadata,
    sa.Column("report_id", UUID(as_uuid=True), sa.ForeignKey("reports.id"), nullable=False),
    sa.Column("known", TSTZRANGE, nullable=False, comment="when this decision was believed"),
    sa.Column("revision", sa.BigInteger, sa.ForeignKey("plans.revision"), nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("grid_id", sa.BigInteger),
    sa.Column("dedicated_id", sa.BigInteger),
    sa.Column("level2_code", sa.Text),
    sa.Column("village_code", sa.Text),
    sa.Column("zone_code", sa.Text),
    sa.Column("post_code", sa.Text),
    sa.Column("distance_m", sa.Float),
    *_certainty(),
    sa.Column("ended_by", sa.BigInteger, sa.ForeignKey("accounts.id"), comment="who corrected it; null for the system"),
    sa.Column("reason", sa.Text, nullable=False, comment="why it was corrected"),
    ExcludeConstraint(("report_id", "="), ("known", "&&"), using="gist", name="assignment_history_one_at_a_time"),
)

report_contacts = sa.Table(
    "report_contacts",
    metadata,
    sa.Column("report_id", UUID(as_uuid=True), sa.ForeignKey("reports.id"), primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False, comment="Fernet; name, telephone, e-mail, wish to be called back"),
    sa.Column("key_id", sa.Text, nullable=False, comment="name of the key that sealed it"),
    sa.Column("telephone_mark", sa.Text, comment="keyed hash (HMAC) by which it is found; renewed with the key"),
    sa.Column("email_mark", sa.Text, comment="keyed hash (HMAC) by which it is found; renewed with the key"),
    sa.Column("consent_version", sa.Text, nullable=False, comment="of the notice that the reporter agreed to"),
    sa.Column("consented_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column(
        "stored_at",
        sa.TIMESTAMP(timezone=True),
        nullable=False,
        server_default=sa.func.now(),
        comment="or corrected; it is removed 180 days later",
    ),
    sa.CheckConstraint("telephone_mark is not null or email_mark is not null", name="found_by"),
    sa.Index("ix_report_contacts_key_id", "key_id"),
    sa.Index("ix_report_contacts_telephone_mark", "telephone_mark"),
    sa.Index("ix_report_contacts_email_mark", "email_mark"),
    sa.Index("ix_report_contacts_stored_at", "stored_at"),
)

report_follows = sa.Table(
    "report_follows",
    metadata,
    sa.Column("report_id", UUID(as_uuid=True), sa.ForeignKey("reports.id"), primary_key=True),
    sa.Column(
        "secret_sha256",
        sa.Text,
        nullable=False,
        unique=True,
        comment="of 256 random bits that the reporter made; they are nowhere",
    ),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", JSONB, nullable=False),
)

tile_shapes = sa.Table(
    "tile_shapes",
    metadata,
    sa.Column("layer", sa.Text, nullable=False),
    sa.Column("detail", sa.SmallInteger, nullable=False, comment="highest zoom this simplification serves"),
    sa.Column("id", sa.BigInteger, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    _shape("shape", "GEOMETRY", srid=3857),
    _shape("label", "POINT", nullable=True, srid=3857),
    sa.PrimaryKeyConstraint("layer", "detail", "id"),
    sa.Index("ix_tile_shapes_shape", "layer", "detail", "shape", postgresql_using="gist"),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True, comment="to sign in with, in lower case"),
    sa.Column("telephone", sa.Text, unique=True, comment="to sign in with instead of the name"),
    sa.Column("kind", sa.Text, nullable=False, server_default="person"),
    sa.Column("password_hash", sa.Text, comment="argon2; null until the account is activated"),
    sa.Column("activation_hash", sa.Text, comment="SHA-256 of the code that sets the first password"),
    sa.Column("activation_ends_on", sa.Date, comment="last day of that code, in the city"),
    sa.Column("totp_secret", sa.Text, comment="second factor, encrypted; null until it is set up"),
    sa.Column("totp_counter", sa.BigInteger, nullable=False, server_default="0", comment="last step that was used"),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("disabled_at", sa.TIMESTAMP(timezone=True)),
    _synthetic(),
    sa.Column(
        "made_by", sa.Text, comment="subject of the audit entry of the roster that made it; null where it has its own"
    ),
    sa.CheckConstraint("kind in ('person', 'system')", name="kind"),
    sa.CheckConstraint("name = lower(name) and name ~ '^[^[:space:]]{1,64}$'", name="name"),
    sa.CheckConstraint("(activation_hash is null) = (activation_ends_on is null)", name="activation"),
)

# As `gis.domain.periods` has it: what lies beyond cannot be read as a date by Python, or is a slip.
IN_YEARS = "valid <@ daterange('1900-01-01', null) and (upper_inf(valid) or upper(valid) <= '2201-01-01')"

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False, comment="code of a division, zone, level-2 grid or grid"),
    sa.Column("valid", DATERANGE, nullable=False),
    ExcludeConstraint(
        ("account_id", "="), ("role", "="), ("area", "="), ("valid", "&&"), using="gist", name="grants_once_at_a_time"
    ),
    sa.CheckConstraint(IN_YEARS, name="years"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True, comment="SHA-256; the token itself is nowhere"),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("seen_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("is_whole", sa.Boolean, nullable=False, comment="false until a second factor that is due is set up"),
    sa.Index("ix_sessions_account_id", "account_id"),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("key_hash", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("per_minute", sa.Integer, nullable=False),
    sa.CheckConstraint("per_minute > 0", name="rate"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("name_hash", sa.Text, nullable=False, comment="of what was typed; people type passwords there"),
    sa.Column("address", sa.Text, nullable=False, comment="kept for an hour"),
    sa.Index("ix_sign_in_failures_name_hash", "name_hash", "at"),
    sa.Index("ix_sign_in_failures_address", "address", "at"),
)

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True, comment="the provider, exactly as its tokens say it"),
    sa.Column(
        "subject",
        sa.Text,
        primary_key=True,
        comment="sub of its tokens; never an e-mail or a name, which change hands",
    ),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("linked_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.UniqueConstraint("account_id", "issuer"),
)

used_attempts = sa.Table(
    "used_attempts",
    metadata,
    sa.Column(
        "state_hash",
        sa.Text,
        primary_key=True,
        comment="SHA-256 of the state of a sign-in at a provider; each ends once",
    ),
    sa.Column(
        "used_at",
        sa.TIMESTAMP(timezone=True),
        nullable=False,
        server_default=sa.func.now(),
        comment="kept for an hour",
    ),
    sa.Index("ix_used_attempts_used_at", "used_at"),
)

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("area", sa.Text, nullable=False, comment="code of a village (level 1), level-2 grid or grid"),
    sa.Column("role", sa.Text, nullable=False, comment="leader, level2, worker"),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("substitute", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("valid", DATERANGE, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default="", comment="why it was given or ended"),
    sa.Column(
        "made_by",
        sa.Text,
        comment="subject of the audit entry of the roster or plan that made it; null where it has its own",
    ),
    sa.Column("ended_by", sa.Text, comment="subject of the audit entry of the roster or plan that ended it"),
    _synthetic(),
    sa.CheckConstraint("role in ('leader', 'level2', 'worker')", name="role"),
    sa.CheckConstraint("not isempty(valid)", name="days"),
    sa.CheckConstraint(IN_YEARS, name="years"),
    ExcludeConstraint(("area", "="), ("account_id", "="), ("valid", "&&"), using="gist", name="posts_once_at_a_time"),
    ExcludeConstraint(
        ("area", "="), ("valid", "&&"), where=sa.text("not substitute"), using="gist", name="posts_one_holder_at_a_time"
    ),
    sa.Index("ix_posts_account_id", "account_id"),
    sa.Index("ix_posts_area", "area", "id"),
)

post_questions = sa.Table(
    "post_questions",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("revision", sa.BigInteger, sa.ForeignKey("plans.revision"), nullable=False),
    sa.Column("area", sa.Text, nullable=False, comment="that somebody is to be appointed to"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("asked_on", sa.Date, nullable=False),
    sa.Column(
        "candidates",
        JSONB,
        nullable=False,
        comment="who held it before: area, account_id, and the share of the area that came",
    ),
    sa.Column("answered_at", sa.TIMESTAMP(timezone=True), comment="null while it is open"),
    sa.CheckConstraint("reason in ('merged', 'split')", name="reason"),
    sa.Index("ix_post_questions_area", "area", "id", postgresql_where=sa.text("answered_at is null")),
)

roster_ids = sa.Sequence("roster_ids", metadata=metadata)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False, comment="from 1, without a gap"),
    sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("actor_id", sa.BigInteger, comment="account; no foreign key, since a row outlives everything"),
    sa.Column("role", sa.Text, comment="that allowed it"),
    sa.Column("action", sa.Text(collation="C"), nullable=False, comment="such as account.disabled"),
    sa.Column("subject", sa.Text(collation="C"), nullable=False, comment="such as account:17; never a name"),
    sa.Column("before", JSONB, nullable=False, comment="salted SHA-256 of values by name"),
    sa.Column("after", JSONB, nullable=False, comment="salted SHA-256 of values by name"),
    sa.Column("texts_hash", sa.Text, nullable=False, comment="salted SHA-256 of the row of audit_texts"),
    sa.Column("previous_hash", sa.Text, nullable=False, comment="of the row before; zeros for the first"),
    sa.Column("hash", sa.Text, nullable=False, comment="SHA-256 of previous_hash and all that the row says"),
    sa.CheckConstraint("position > 0", name="position"),
    sa.CheckConstraint("isfinite(at)", name="at"),
    sa.CheckConstraint("action ~ '^[a-z0-9_]+([.][a-z0-9_]+)+$'", name="action"),
    sa.CheckConstraint("subject <> ''", name="subject"),
    sa.Index("ix_audit_at", "at"),
    sa.Index("ix_audit_actor_id", "actor_id", "position"),
    sa.Index("ix_audit_action", "action", "position"),
    sa.Index("ix_audit_subject", "subject", "position"),
)

audit_texts = sa.Table(
    "audit_texts",
    metadata,
    sa.Column("position", sa.BigInteger, sa.ForeignKey("audit.position"), primary_key=True, autoincrement=False),
    sa.Column("salt", sa.LargeBinary, nullable=False, comment="of every hash in the row; erased with the texts"),
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("shown", sa.Text, nullable=False, comment="JSON of the values that may be read"),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False, server_default="1"),
    sa.Column("position", sa.BigInteger, nullable=False, comment="of the last row of audit; 0 before the first"),
    sa.Column("hash", sa.Text, nullable=False, comment="of the last row of audit"),
    sa.CheckConstraint("id = 1", name="only_one"),
)

audit_looks = sa.Table(
    "audit_looks",
    metadata,
    sa.Column("key", sa.Text, primary_key=True, comment="SHA-256 of account, action and subject"),
    sa.Column(
        "at", sa.TIMESTAMP(timezone=True), nullable=False, comment="when this look was last recorded; kept for a day"
    ),
    sa.Index("ix_audit_looks_at", "at"),
)

patrol_visits = sa.Table(
    "patrol_visits",
    metadata,
    sa.Column("grid_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("month", sa.Date, primary_key=True, comment="its first day"),
    sa.Column("visits", sa.Integer, nullable=False, comment="of tracks that were removed"),
    sa.CheckConstraint("visits > 0", name="visits"),
)

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False, comment="such as track"),
    sa.Column("notice_version", sa.Integer, nullable=False, comment="of the notice that was read"),
    sa.Column("given_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True)),
    sa.CheckConstraint("withdrawn_at >= given_at", name="times"),
    sa.Index(
        "ix_consents_one_in_force",
        "account_id",
        "purpose",
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    ),
    sa.Index("ix_consents_account_id", "account_id"),
)

assessments = sa.Table(
    "assessments",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("processing", sa.Text, nullable=False, comment="what is done with which data"),
    sa.Column("purpose", sa.Text, nullable=False, comment="and whether the way is lawful and necessary"),
    sa.Column("ground", sa.Text, nullable=False),
    sa.Column("risks", sa.Text, nullable=False, comment="to the rights of people"),
    sa.Column("measures", sa.Text, nullable=False, comment="and whether they fit the risk"),
    sa.Column("conclusion", sa.Text, nullable=False),
    sa.Column("assessed_on", sa.Date, nullable=False),
    sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("corrected_at", sa.TIMESTAMP(timezone=True)),
)

breaches = sa.Table(
    "breaches",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("found_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("categories", sa.Text, nullable=False, comment="of the data that leaked, was altered or lost"),
    sa.Column("causes", sa.Text, nullable=False),
    sa.Column("harm", sa.Text, nullable=False, comment="that may come of it"),
    sa.Column("measures", sa.Text, nullable=False, comment="taken, and those that people can take"),
    sa.Column("notified", sa.Text, nullable=False, server_default="", comment="authorities and people that were told"),
    sa.Column("notified_at", sa.TIMESTAMP(timezone=True)),
    sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("corrected_at", sa.TIMESTAMP(timezone=True)),
)

retention_runs = sa.Table(
    "retention_runs",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("due", sa.BigInteger, nullable=False),
    sa.Column("deleted", sa.BigInteger, nullable=False),
    sa.Column("oldest_at", sa.TIMESTAMP(timezone=True), comment="of what is left; null where nothing is"),
    sa.Index("ix_retention_runs_rule", "rule", "at"),
)

public_figures = sa.Table(
    "public_figures",
    metadata,
    sa.Column("month", sa.Date, primary_key=True, comment="its first day"),
    sa.Column("code", sa.Text, primary_key=True, comment="of a division"),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False, comment="as it was when published"),
    sa.Column("category_group", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, comment="of reports; null where it is hidden"),
    _synthetic(),
    sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("count = 0 or count >= 5", name="small_counts_are_hidden"),
    sa.CheckConstraint("extract(day from month) = 1", name="month"),
)

access_log = sa.Table(
    "access_log",
    metadata,
    sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False, comment="template of the route; empty where there is none"),
    sa.Column("status", sa.SmallInteger, nullable=False),
    sa.Column("account_id", sa.BigInteger, comment="no foreign key: who writes may read no account"),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
    sa.Index("ix_access_log_at", "at"),
)
