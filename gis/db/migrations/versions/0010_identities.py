"""Identities at a provider (OpenID Connect) by account, and the sign-ins there that were brought to an end."""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = """
create table identities (
    issuer text not null,
    subject text not null,
    account_id bigint not null,
    linked_at timestamp with time zone default now() not null,
    constraint pk_identities primary key (issuer, subject),
    constraint uq_identities_account_id_issuer unique (account_id, issuer),
    constraint fk_identities_account_id foreign key (account_id) references accounts (id)
);
create table used_attempts (
    state_hash text not null,
    used_at timestamp with time zone default now() not null,
    constraint pk_used_attempts primary key (state_hash)
);
create index ix_used_attempts_used_at on used_attempts (used_at);
"""

COMMENTS = """
comment on column identities.issuer is 'the provider, exactly as its tokens say it';
comment on column identities.subject is 'sub of its tokens; never an e-mail or a name, which change hands';
comment on column used_attempts.state_hash is 'SHA-256 of the state of a sign-in at a provider; each ends once';
comment on column used_attempts.used_at is 'kept for an hour';
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(COMMENTS)
