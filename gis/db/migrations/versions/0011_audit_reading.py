"""The audit log is read in transactions that say so, and looks are remembered for a moment so that few are recorded."""

from alembic import op

revision = "0011"
down_revision = "0010"

LOOKS = """
create table audit_looks (
    key text not null,
    at timestamp with time zone not null,
    constraint pk_audit_looks primary key (key)
);
create index ix_audit_looks_at on audit_looks (at);
comment on column audit_looks.key is 'SHA-256 of account, action and subject';
comment on column audit_looks.at is 'when this look was last recorded; kept for a day';
"""

# What begins with a word is found as a range in an index, in one order on every server; a policy would keep a pattern
# from the index, since `like` is not leakproof.
ORDERED = """
alter table audit alter column action type text collate "C", alter column subject type text collate "C";
"""

# Any transaction adds; only one that was opened to read the log sees or erases anything of it. The condition holds no
# column, so it is asked once for each statement and leaves every index in use.
READING = "(select current_setting('app.reads_audit', true)) = 'on'"
POLICIES = f"""
alter table audit enable row level security;
alter table audit_texts enable row level security;
create policy added_by_all on audit for insert with check (true);
create policy added_by_all on audit_texts for insert with check (true);
create policy read_when_said on audit for select using ({READING});
create policy read_when_said on audit_texts for select using ({READING});
create policy erased_when_said on audit_texts for delete using ({READING});
"""


def upgrade() -> None:
    op.execute(LOOKS)
    op.execute(ORDERED)
    op.execute(POLICIES)
