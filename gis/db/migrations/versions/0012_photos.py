"""Up to ten photos for each report, and what a photo says of the place and time where it was taken.

Both are shown with the report that names the photo: their policies ask for an assignment within the scope, as that of
reports does.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = """
create table report_photos (
    report_id uuid not null,
    position smallint not null,
    sha256 text not null,
    constraint pk_report_photos primary key (report_id, position),
    constraint uq_report_photos_report_id_sha256 unique (report_id, sha256),
    constraint fk_report_photos_report_id foreign key (report_id) references reports (id),
    constraint fk_report_photos_sha256 foreign key (sha256) references photos (sha256),
    constraint ck_report_photos_position check (position between 1 and 10)
);
insert into report_photos (report_id, position, sha256)
    select id, 1, photo_sha256 from reports where photo_sha256 is not null;
create index ix_report_photos_sha256 on report_photos (sha256);
alter table reports drop column photo_sha256;
create table photo_origins (
    sha256 text not null,
    taken_at timestamp with time zone,
    taken_local text,
    location geometry(point, 4490),
    datum text,
    accuracy_m double precision,
    constraint pk_photo_origins primary key (sha256),
    constraint fk_photo_origins_sha256 foreign key (sha256) references photos (sha256) on delete cascade,
    constraint ck_photo_origins_place_has_a_datum check ((location is null) = (datum is null))
);
"""

COMMENTS = """
comment on column report_photos.position is 'from 1, as the sender has them';
comment on column photo_origins.sha256 is 'of the photo';
comment on column photo_origins.taken_at is 'as the photo says';
comment on column photo_origins.taken_local is 'as the photo says, of a clock whose offset nobody told';
comment on column photo_origins.datum is 'that the photo declares its place to be in';
"""

EVERYWHERE = "(select current_setting('app.scope', true)) = '*'"
POLICIES = {
    # A scalar subquery, as that of reports: an `exists` may be planned as a hash of every assignment in scope.
    "report_photos": "(select true from assignments a where a.report_id = report_photos.report_id)",
    "photo_origins": "exists (select from report_photos p where p.sha256 = photo_origins.sha256)",
}


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(COMMENTS)
    for table, condition in POLICIES.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy by_scope on {table} using ({EVERYWHERE} or {condition})")
