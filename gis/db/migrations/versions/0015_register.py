"""Consents, registers of assessments and breaches, retention, public figures, and the network access log.

The service adds to the access log and cannot read it. What is due leaves it through two functions of the owner, which
refuse to go below what the law wants kept. Assessments and breaches cannot be deleted for three years, by nobody.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

TABLES = """
create table patrol_visits (
    grid_id bigint not null,
    month date not null,
    visits integer not null,
    constraint pk_patrol_visits primary key (grid_id, month),
    constraint ck_patrol_visits_visits check (visits > 0)
);
create table consents (
    id bigint generated always as identity,
    account_id bigint not null,
    purpose text not null,
    notice_version integer not null,
    given_at timestamp with time zone not null,
    withdrawn_at timestamp with time zone,
    constraint pk_consents primary key (id),
    constraint fk_consents_account_id foreign key (account_id) references accounts (id),
    constraint ck_consents_times check (withdrawn_at >= given_at)
);
create unique index ix_consents_one_in_force on consents (account_id, purpose) where withdrawn_at is null;
create index ix_consents_account_id on consents (account_id);
create table assessments (
    id bigint generated always as identity,
    title text not null,
    processing text not null,
    purpose text not null,
    ground text not null,
    risks text not null,
    measures text not null,
    conclusion text not null,
    assessed_on date not null,
    recorded_at timestamp with time zone default now() not null,
    corrected_at timestamp with time zone,
    constraint pk_assessments primary key (id)
);
create table breaches (
    id bigint generated always as identity,
    title text not null,
    found_at timestamp with time zone not null,
    categories text not null,
    causes text not null,
    harm text not null,
    measures text not null,
    notified text default '' not null,
    notified_at timestamp with time zone,
    recorded_at timestamp with time zone default now() not null,
    corrected_at timestamp with time zone,
    constraint pk_breaches primary key (id)
);
create table retention_runs (
    id bigint generated always as identity,
    at timestamp with time zone not null,
    rule text not null,
    days integer not null,
    due bigint not null,
    deleted bigint not null,
    oldest_at timestamp with time zone,
    constraint pk_retention_runs primary key (id)
);
create index ix_retention_runs_rule on retention_runs (rule, at);
create table public_figures (
    month date not null,
    code text not null,
    level text not null,
    name text not null,
    category_group text not null,
    count integer,
    synthetic boolean default false not null,
    published_at timestamp with time zone default now() not null,
    constraint pk_public_figures primary key (month, code, category_group),
    constraint ck_public_figures_small_counts_are_hidden check (count = 0 or count >= 5),
    constraint ck_public_figures_month check (extract(day from month) = 1)
);
create table access_log (
    at timestamp with time zone not null,
    method text not null,
    path text not null,
    status smallint not null,
    account_id bigint,
    address text not null,
    trace_id text not null
);
create index ix_access_log_at on access_log (at);
"""

COMMENTS = """
comment on column patrol_visits.month is 'its first day';
comment on column patrol_visits.visits is 'of tracks that were removed';
comment on column consents.purpose is 'such as track';
comment on column consents.notice_version is 'of the notice that was read';
comment on column assessments.processing is 'what is done with which data';
comment on column assessments.purpose is 'and whether the way is lawful and necessary';
comment on column assessments.risks is 'to the rights of people';
comment on column assessments.measures is 'and whether they fit the risk';
comment on column breaches.categories is 'of the data that leaked, was altered or lost';
comment on column breaches.harm is 'that may come of it';
comment on column breaches.measures is 'taken, and those that people can take';
comment on column breaches.notified is 'authorities and people that were told';
comment on column retention_runs.oldest_at is 'of what is left; null where nothing is';
comment on column public_figures.month is 'its first day';
comment on column public_figures.code is 'of a division';
comment on column public_figures.name is 'as it was when published';
comment on column public_figures.count is 'of reports; null where it is hidden';
comment on column access_log.path is 'without the query';
comment on column access_log.account_id is 'no foreign key: who writes may read no account';
"""

# PIPL art. 56. Like the audit log's, these stop the owner's own slips too.
THREE_YEARS = """
create function kept_three_years() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and greatest(old.recorded_at, old.corrected_at) < now() - interval '3 years' then
        return old;
    end if;
    raise insufficient_privilege using message = tg_table_name || ' are kept for three years; ' || tg_op
        || ' is refused.';
end $$;
create trigger kept_three_years before delete on assessments for each row execute function kept_three_years();
create trigger kept_three_years before delete on breaches for each row execute function kept_three_years();
create trigger never_emptied before truncate on assessments for each statement execute function kept_three_years();
create trigger never_emptied before truncate on breaches for each statement execute function kept_three_years();
"""

# Cybersecurity Law art. 21(3): six months. The address of who reported without signing in goes after seven days.
ACCESS_LOG = """
create function access_log_standing(until timestamptz, senders boolean, out due bigint, out oldest_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select count(*) filter (where at <= until), min(at) filter (where at > until) from access_log
    where not senders or (account_id is null and address <> '' and path in ('/reports', '/photos'))
$$;
create function access_log_purge(until timestamptz, most integer) returns bigint
language sql security definer set search_path = public, pg_temp as $$
    with gone as (
        delete from access_log where ctid in (
            select ctid from access_log where at <= least(until, now() - interval '6 months') limit most)
        returning 1)
    select count(*) from gone
$$;
create function access_log_forget_senders(until timestamptz, most integer) returns bigint
language sql security definer set search_path = public, pg_temp as $$
    with forgotten as (
        update access_log set address = '' where ctid in (
            select ctid from access_log where at <= least(until, now() - interval '7 days')
            and account_id is null and address <> '' and path in ('/reports', '/photos') limit most)
        returning 1)
    select count(*) from forgotten
$$;
revoke all on function access_log_standing(timestamptz, boolean) from public;
revoke all on function access_log_purge(timestamptz, integer) from public;
revoke all on function access_log_forget_senders(timestamptz, integer) from public;
"""

PRIVILEGES = """
do $$
begin
    if exists (select from pg_roles where rolname = 'wangge_app') then
        revoke all on access_log, public_figures, retention_runs, assessments, breaches, consents from wangge_app;
        grant insert on access_log to wangge_app;
        grant execute on function access_log_standing(timestamptz, boolean) to wangge_app;
        grant execute on function access_log_purge(timestamptz, integer) to wangge_app;
        grant execute on function access_log_forget_senders(timestamptz, integer) to wangge_app;
        grant select, insert on public_figures to wangge_app;
        grant select, insert, delete on retention_runs to wangge_app;
        grant select, insert, delete, update (withdrawn_at) on consents to wangge_app;
        grant select, insert, delete, update (title, processing, purpose, ground, risks, measures, conclusion,
            assessed_on, corrected_at) on assessments to wangge_app;
        grant select, insert, delete, update (title, found_at, categories, causes, harm, measures, notified,
            notified_at, corrected_at) on breaches to wangge_app;
    end if;
    if exists (select from pg_roles where rolname = 'wangge_network') then
        grant select on access_log to wangge_network;
    end if;
end $$;
"""


def upgrade() -> None:
    for statements in (TABLES, COMMENTS, THREE_YEARS, ACCESS_LOG, PRIVILEGES):
        op.execute(statements)
