"""The audit log: rows that can only be added, their erasable texts, and the chain's head."""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = """
create table audit (
    position bigint not null,
    at timestamp with time zone not null,
    actor_id bigint,
    role text,
    action text not null,
    subject text not null,
    before jsonb not null,
    after jsonb not null,
    texts_hash text not null,
    previous_hash text not null,
    hash text not null,
    constraint pk_audit primary key (position),
    constraint ck_audit_position check (position > 0),
    constraint ck_audit_at check (isfinite(at)),
    constraint ck_audit_action check (action ~ '^[a-z0-9_]+([.][a-z0-9_]+)+$'),
    constraint ck_audit_subject check (subject <> '')
);
create index ix_audit_at on audit (at);
create index ix_audit_actor_id on audit (actor_id, position);
create index ix_audit_action on audit (action, position);
create index ix_audit_subject on audit (subject, position);
create table audit_texts (
    position bigint not null,
    salt bytea not null,
    actor_name text not null,
    address text not null,
    reason text not null,
    shown text not null,
    constraint pk_audit_texts primary key (position),
    constraint fk_audit_texts_position foreign key (position) references audit (position)
);
create table audit_head (
    id smallint default '1' not null,
    position bigint not null,
    hash text not null,
    constraint pk_audit_head primary key (id),
    constraint ck_audit_head_only_one check (id = 1)
);
insert into audit_head (position, hash) values (0, repeat('0', 64));
"""

COMMENTS = """
comment on column audit.position is 'from 1, without a gap';
comment on column audit.actor_id is 'account; no foreign key, since a row outlives everything';
comment on column audit.role is 'that allowed it';
comment on column audit.action is 'such as account.disabled';
comment on column audit.subject is 'such as account:17; never a name';
comment on column audit.before is 'salted SHA-256 of values by name';
comment on column audit.after is 'salted SHA-256 of values by name';
comment on column audit.texts_hash is 'salted SHA-256 of the row of audit_texts';
comment on column audit.previous_hash is 'of the row before; zeros for the first';
comment on column audit.hash is 'SHA-256 of previous_hash and all that the row says';
comment on column audit_texts.salt is 'of every hash in the row; erased with the texts';
comment on column audit_texts.shown is 'JSON of the values that may be read';
comment on column audit_head.position is 'of the last row of audit; 0 before the first';
comment on column audit_head.hash is 'of the last row of audit';
"""

# The one trigger of the house: it stops the owner's own slips; who means it can disable it, and the chain tells.
APPEND_ONLY = """
create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise insufficient_privilege using message = 'The audit log is only added to; ' || tg_op || ' is refused.';
end $$;
create trigger append_only before update or delete or truncate on audit
    for each statement execute function audit_is_append_only();
"""

# Texts may be erased, never altered; the head may be moved, never removed. Default privileges gave the rest.
PRIVILEGES = """
do $$
begin
    if exists (select from pg_roles where rolname = 'wangge_app') then
        revoke all on audit, audit_texts, audit_head from wangge_app;
        grant select, insert on audit to wangge_app;
        grant select, insert, delete on audit_texts to wangge_app;
        grant select, update on audit_head to wangge_app;
    end if;
end $$;
"""


def upgrade() -> None:
    for statements in (TABLES, COMMENTS, APPEND_ONLY, PRIVILEGES):
        op.execute(statements)
