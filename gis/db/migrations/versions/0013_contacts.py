"""Contacts of reporters, sealed and apart from their reports; what a reporter follows a report by; erased reports."""

from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = """
create table report_contacts (
    report_id uuid not null,
    sealed text not null,
    key_id text not null,
    telephone_mark text,
    email_mark text,
    consent_version text not null,
    consented_at timestamp with time zone not null,
    stored_at timestamp with time zone default now() not null,
    constraint pk_report_contacts primary key (report_id),
    constraint fk_report_contacts_report_id foreign key (report_id) references reports (id),
    constraint ck_report_contacts_found_by check (telephone_mark is not null or email_mark is not null)
);
create index ix_report_contacts_key_id on report_contacts (key_id);
create index ix_report_contacts_telephone_mark on report_contacts (telephone_mark);
create index ix_report_contacts_email_mark on report_contacts (email_mark);
create index ix_report_contacts_stored_at on report_contacts (stored_at);
create table report_follows (
    report_id uuid not null,
    secret_sha256 text not null,
    constraint pk_report_follows primary key (report_id),
    constraint uq_report_follows_secret_sha256 unique (secret_sha256),
    constraint fk_report_follows_report_id foreign key (report_id) references reports (id)
);
alter table reports add column erased_at timestamp with time zone;
"""

COMMENTS = """
comment on column report_contacts.sealed is 'Fernet; name, telephone, e-mail, wish to be called back';
comment on column report_contacts.key_id is 'name of the key that sealed it';
comment on column report_contacts.telephone_mark is 'keyed hash (HMAC) by which it is found; renewed with the key';
comment on column report_contacts.email_mark is 'keyed hash (HMAC) by which it is found; renewed with the key';
comment on column report_contacts.consent_version is 'of the notice that the reporter agreed to';
comment on column report_contacts.stored_at is 'or corrected; it is removed 180 days later';
comment on column report_follows.secret_sha256 is 'of 256 random bits that the reporter made; they are nowhere';
comment on column reports.erased_at is 'when its words and photos were erased for its reporter';
"""

# Whoever sees the assignment of a report may see what belongs to it; which role, the service says.
POLICIES = """
alter table report_contacts enable row level security;
create policy by_scope on report_contacts using ((select current_setting('app.scope', true)) = '*'
    or (select true from assignments a where a.report_id = report_contacts.report_id));
alter table report_follows enable row level security;
create policy by_scope on report_follows using ((select current_setting('app.scope', true)) = '*'
    or (select true from assignments a where a.report_id = report_follows.report_id));
"""

# Nobody may let a report be followed by another secret.
PRIVILEGES = """
do $$
begin
    if exists (select from pg_roles where rolname = 'wangge_app') then
        revoke all on report_contacts, report_follows from wangge_app;
        grant select, insert, update, delete on report_contacts to wangge_app;
        grant select, insert, delete on report_follows to wangge_app;
    end if;
end $$;
"""


def upgrade() -> None:
    for statements in (TABLES, COMMENTS, POLICIES, PRIVILEGES):
        op.execute(statements)
