"""Decisions with the rule that took them and how sure they were; corrected ones stay, with when they were believed."""

from alembic import op

revision = "0019"
down_revision = "0018"

RULES = """
create table routing_rules (
    id smallint generated always as identity,
    version smallint not null,
    snap_limit_m double precision not null,
    sure_share double precision not null,
    imprecise_m double precision not null,
    constraint pk_routing_rules primary key (id),
    constraint uq_routing_rules_version_snap_limit_m_sure_share_imprecise_m
        unique (version, snap_limit_m, sure_share, imprecise_m)
);
comment on column routing_rules.version is 'of the code that decided';
comment on column routing_rules.sure_share is 'of the disc of accuracy; below it a grid is not sure';
comment on column routing_rules.imprecise_m is 'a wider disc is left to a clerk';
"""
ASSIGNMENTS = """
alter table assignments
    add column rule_id smallint,
    add column share double precision,
    add column alternatives jsonb,
    add column doubt text,
    drop constraint ck_assignments_outside_has_no_grid,
    add constraint ck_assignments_unrouted_has_no_grid
        check ((method in ('outside', 'imprecise')) = (grid_id is null)),
    add constraint fk_assignments_rule_id foreign key (rule_id) references routing_rules (id);
"""
HISTORY = """
create table assignment_history (
    report_id uuid not null,
    known tstzrange not null,
    revision bigint not null,
    method text not null,
    grid_id bigint,
    dedicated_id bigint,
    level2_code text,
    village_code text,
    zone_code text,
    post_code text,
    distance_m double precision,
    rule_id smallint,
    share double precision,
    alternatives jsonb,
    doubt text,
    ended_by bigint,
    reason text not null,
    constraint fk_assignment_history_report_id foreign key (report_id) references reports (id),
    constraint fk_assignment_history_revision foreign key (revision) references plans (revision),
    constraint fk_assignment_history_rule_id foreign key (rule_id) references routing_rules (id),
    constraint fk_assignment_history_ended_by foreign key (ended_by) references accounts (id),
    constraint assignment_history_one_at_a_time exclude using gist (report_id with =, known with &&)
);
comment on column assignment_history.known is 'when this decision was believed';
comment on column assignment_history.ended_by is 'who corrected it; null for the system';
comment on column assignment_history.reason is 'why it was corrected';
"""
COMMENTS = """
comment on column {0}.share is 'of the disc of accuracy that lies in the grid';
comment on column {0}.alternatives is 'shares outside and of other grids, largest first; null where none';
comment on column {0}.doubt is 'near_border, imprecise; null where sure';
"""
# Who sees a report sees what was believed of it. A scalar subquery, as that of photos.
POLICY = """
alter table assignment_history enable row level security;
create policy by_scope on assignment_history using ((select current_setting('app.scope', true)) = '*'
    or (select true from assignments a where a.report_id = assignment_history.report_id));
"""
# What was believed stays so.
PRIVILEGES = """
revoke update, delete on assignment_history, routing_rules from wangge_app;
"""


def upgrade() -> None:
    for statements in (RULES, ASSIGNMENTS, HISTORY):
        op.execute(statements)
    for table in ("assignments", "assignment_history"):
        op.execute(COMMENTS.format(table))
    op.execute(POLICY)
    op.execute(PRIVILEGES)
