"""Accounts, grants, sessions and posts; rows of reports, patrols and cameras are shown by scope.

The policies are under the service's own checks. `app.scope` is set for each transaction: `*`, or the leading digits of
the areas that the caller may see, parted by commas; without it nothing is seen.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = """
create table accounts (
    id bigint generated always as identity,
    name text not null,
    telephone text,
    kind text default 'person' not null,
    password_hash text,
    activation_hash text,
    totp_secret text,
    totp_counter bigint default '0' not null,
    created_at timestamp with time zone default now() not null,
    disabled_at timestamp with time zone,
    synthetic boolean default false not null,
    constraint pk_accounts primary key (id),
    constraint uq_accounts_name unique (name),
    constraint uq_accounts_telephone unique (telephone),
    constraint ck_accounts_kind check (kind in ('person', 'system')),
    constraint ck_accounts_name check (name = lower(name) and name ~ '^[^[:space:]]{1,64}$')
);
create table grants (
    id bigint generated always as identity,
    account_id bigint not null,
    role text not null,
    area text not null,
    valid daterange not null,
    constraint pk_grants primary key (id),
    constraint fk_grants_account_id foreign key (account_id) references accounts (id),
    constraint grants_once_at_a_time exclude using gist
        (account_id with =, role with =, area with =, valid with &&)
);
create table sessions (
    token_hash text not null,
    account_id bigint not null,
    created_at timestamp with time zone default now() not null,
    seen_at timestamp with time zone default now() not null,
    expires_at timestamp with time zone not null,
    is_whole boolean not null,
    constraint pk_sessions primary key (token_hash),
    constraint fk_sessions_account_id foreign key (account_id) references accounts (id)
);
create index ix_sessions_account_id on sessions (account_id);
create table api_keys (
    id bigint generated always as identity,
    account_id bigint not null,
    key_hash text not null,
    created_at timestamp with time zone default now() not null,
    expires_at timestamp with time zone not null,
    per_minute integer not null,
    constraint pk_api_keys primary key (id),
    constraint uq_api_keys_key_hash unique (key_hash),
    constraint fk_api_keys_account_id foreign key (account_id) references accounts (id),
    constraint ck_api_keys_rate check (per_minute > 0)
);
create table sign_in_failures (
    id bigint generated always as identity,
    at timestamp with time zone default now() not null,
    name_hash text not null,
    address text not null,
    constraint pk_sign_in_failures primary key (id)
);
create index ix_sign_in_failures_name_hash on sign_in_failures (name_hash, at);
create index ix_sign_in_failures_address on sign_in_failures (address, at);
create table posts (
    id bigint generated always as identity,
    area text not null,
    role text not null,
    account_id bigint not null,
    substitute boolean default false not null,
    valid daterange not null,
    note text default '' not null,
    constraint pk_posts primary key (id),
    constraint fk_posts_account_id foreign key (account_id) references accounts (id),
    constraint ck_posts_role check (role in ('leader', 'level2', 'worker')),
    constraint ck_posts_days check (not isempty(valid)),
    constraint posts_once_at_a_time exclude using gist (area with =, account_id with =, valid with &&),
    constraint posts_one_holder_at_a_time exclude using gist (area with =, valid with &&) where (not substitute)
);
create index ix_posts_account_id on posts (account_id);
"""

COMMENTS = """
comment on column accounts.name is 'to sign in with, in lower case';
comment on column accounts.telephone is 'to sign in with instead of the name';
comment on column accounts.password_hash is 'argon2; null until the account is activated';
comment on column accounts.activation_hash is 'SHA-256 of the code that sets the first password';
comment on column accounts.totp_secret is 'second factor, encrypted; null until it is set up';
comment on column accounts.totp_counter is 'last step that was used';
comment on column grants.area is 'code of a division, zone, level-2 grid or grid';
comment on column sessions.token_hash is 'SHA-256; the token itself is nowhere';
comment on column sessions.is_whole is 'false until a second factor that is due is set up';
comment on column sign_in_failures.name_hash is 'of what was typed; people type passwords there';
comment on column sign_in_failures.address is 'kept for an hour';
comment on column posts.area is 'code of a village (level 1), level-2 grid or grid';
comment on column posts.role is 'leader, level2, worker';
comment on column posts.note is 'why it was given or ended';
comment on column assignments.post_code is 'of the grid whose post answers: dedicated, level-2 where stacked, or leaf';
comment on column cameras.village_code is 'where it stands; decides who may see it';
comment on column patrols.village_code is 'half way along the track; decides who may see it';
"""

# What decides who may see a row: the grid whose post answers, and where a camera stands.
SCOPED = """
alter table assignments add column post_code text;
update assignments set post_code = coalesce(
    (select g.code from grids g join plans p on p.revision = assignments.revision
     where g.id = assignments.dedicated_id and g.valid @> p.in_force_at and upper_inf(g.known) limit 1),
    case when assignments.method = 'stacked' then assignments.level2_code end,
    (select g.code from grids g join plans p on p.revision = assignments.revision
     where g.id = assignments.grid_id and g.valid @> p.in_force_at and upper_inf(g.known) limit 1)
);
create index ix_assignments_post_code on assignments (post_code);
create index ix_reports_photo_sha256 on reports (photo_sha256) where photo_sha256 is not null;
alter table cameras add column village_code text;
alter table cameras add column zone_code text;
alter table patrols add column village_code text;
alter table patrols add column zone_code text;
update cameras set village_code = (
    select d.code from divisions d where d.level = 'village' and upper_inf(d.valid) and upper_inf(d.known)
    and d.boundary && cameras.location and st_covers(d.boundary, cameras.location) order by d.code limit 1);
update cameras set zone_code = (
    select z.code from zones z where upper_inf(z.valid) and upper_inf(z.known)
    and z.boundary && cameras.location and st_covers(z.boundary, cameras.location) order by z.code limit 1);
update patrols set village_code = (
    select d.code from divisions d where d.level = 'village' and upper_inf(d.valid) and upper_inf(d.known)
    and d.boundary && st_lineinterpolatepoint(track, 0.5) and st_covers(d.boundary, st_lineinterpolatepoint(track, 0.5))
    order by d.code limit 1);
update patrols set zone_code = (
    select z.code from zones z where upper_inf(z.valid) and upper_inf(z.known)
    and z.boundary && st_lineinterpolatepoint(track, 0.5) and st_covers(z.boundary, st_lineinterpolatepoint(track, 0.5))
    order by z.code limit 1);
"""

EVERYWHERE = "(select current_setting('app.scope', true)) = '*'"
PREFIXES = "unnest((select string_to_array(current_setting('app.scope', true), ','))) p"
POLICIES = {
    "assignments": f"""exists (select from {PREFIXES}
        where post_code ^@ p or level2_code ^@ p or village_code ^@ p or zone_code ^@ p)""",
    "reports": "exists (select from assignments a where a.report_id = reports.id)",
    "cameras": f"exists (select from {PREFIXES} where village_code ^@ p or zone_code ^@ p)",
    "patrols": f"exists (select from {PREFIXES} where post ^@ p or village_code ^@ p or zone_code ^@ p)",
}


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(SCOPED)
    op.execute(COMMENTS)
    for table, condition in POLICIES.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy by_scope on {table} using ({EVERYWHERE} or {condition})")
