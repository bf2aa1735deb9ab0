"""Posts say under which entry of the audit log a roster or a redraw made or ended them; redraws leave questions."""

from alembic import op

revision = "0014"
down_revision = "0013"

TABLES = """
alter table accounts add column made_by text;
alter table posts add column made_by text;
alter table posts add column ended_by text;
alter table posts add column synthetic boolean default false not null;
create index ix_posts_area on posts (area, id);
create sequence roster_ids;
create table post_questions (
    id bigint generated always as identity,
    revision bigint not null,
    area text not null,
    reason text not null,
    asked_on date not null,
    candidates jsonb not null,
    answered_at timestamp with time zone,
    constraint pk_post_questions primary key (id),
    constraint fk_post_questions_revision foreign key (revision) references plans (revision),
    constraint ck_post_questions_reason check (reason in ('merged', 'split'))
);
create index ix_post_questions_area on post_questions (area, id) where answered_at is null;
"""

COMMENTS = """
comment on column accounts.made_by is 'subject of the audit entry of the roster that made it; null where it has its own';
comment on column posts.made_by is 'subject of the audit entry of the roster or plan that made it; null where it has its own';
comment on column posts.ended_by is 'subject of the audit entry of the roster or plan that ended it';
comment on column post_questions.area is 'that somebody is to be appointed to';
comment on column post_questions.candidates is 'who held it before: area, account_id, and the share of the area that came';
comment on column post_questions.answered_at is 'null while it is open';
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(COMMENTS)
