"""What a route may ask for: a transaction, the settings, the plan in memory, the stream of events."""

from collections.abc import Iterator
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Request

from api.access import Access, allow, is_open, route_of
from api.access_log import NOTED
from api.callers import Callers, address_of
from api.event_stream import EventStream
from api.identity_provider import IdentityProvider
from api.plan_index import PlanIndexHolder
from gis.db import engine as engines
from gis.domain.audit import Actor
from gis.domain.staff import EVERYWHERE, NOBODY
from gis.errors import NotAllowedError, NotFoundError, NotSignedInError
from gis.files.photo_decoder import PhotoDecoder
from gis.files.vault import Vault
from gis.services.sessions import actor_of
from gis.settings import Settings


# The first four are `async` though they wait for nothing: a plain function would be sent to a thread and back.
async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _engine(request: Request) -> sa.Engine:
    engine: sa.Engine = request.app.state.engine
    return engine


async def _plan_index(request: Request) -> PlanIndexHolder:
    holder: PlanIndexHolder = request.app.state.plan_index
    return holder


async def _event_stream(request: Request) -> EventStream:
    stream: EventStream = request.app.state.event_stream
    return stream


async def check_access(request: Request) -> Access:
    """Return who asks and in which areas; refuse what the table of `api.access` does not allow. Every route asks.

    Where JSON is read it is asked before, so that who may not sends nothing, and again when all has come: that may take
    minutes, and rights end at once.
    """
    callers: Callers = request.app.state.callers
    route, settings = route_of(request), request.app.state.settings
    try:
        caller = await callers.of(request)
    except NotSignedInError:
        # A cookie outlives its session; what is open to all, the page to sign in first of all, does not ask for one.
        if not is_open(*route, settings):
            raise
        caller = NOBODY
    # For the lines of the two logs.
    request.scope[NOTED]["id"] = caller.account_id
    return allow(caller, *route, settings)


def _transaction(
    engine: Annotated[sa.Engine, Depends(_engine)], access: Annotated[Access, Depends(check_access)]
) -> Iterator[sa.Connection]:
    with engines.transaction(engine, scope=access.scope) as connection:
        yield connection


def _callers_transaction(
    request: Request, engine: Annotated[sa.Engine, Depends(_engine)], access: Annotated[Access, Depends(check_access)]
) -> Iterator[sa.Connection]:
    callers: Callers = request.app.state.callers
    try:
        with engines.transaction(engine, scope=access.scope) as connection:
            yield connection
    finally:
        # Not sooner: until the commit others ask, and are answered as before. A commit that broke may have happened.
        callers.forget()


def _intake(engine: Annotated[sa.Engine, Depends(_engine)]) -> Iterator[sa.Connection]:
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        yield connection


def _overview(
    engine: Annotated[sa.Engine, Depends(_engine)], _: Annotated[Access, Depends(check_access)]
) -> Iterator[sa.Connection]:
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        yield connection


def _followed(engine: Annotated[sa.Engine, Depends(_engine)]) -> Iterator[sa.Connection]:
    with engines.transaction(engine, scope=EVERYWHERE, reads_audit=True) as connection:
        yield connection


async def check_reads_audit(access: Annotated[Access, Depends(check_access)]) -> None:
    """Refuse who may not read the whole audit log: its rows lie in no area, so it is read for the whole city or not."""
    if access.scope != EVERYWHERE:
        raise NotAllowedError("The audit log is of the whole city; only its auditors read it.")


def _audit(
    engine: Annotated[sa.Engine, Depends(_engine)], _: Annotated[None, Depends(check_reads_audit)]
) -> Iterator[sa.Connection]:
    with engines.transaction(engine, reads_audit=True) as connection:
        yield connection


async def _actor(request: Request, access: Annotated[Access, Depends(check_access)]) -> Actor:
    return actor_of(access.caller, address_of(request))


async def _vault(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


async def _identity_provider(request: Request) -> IdentityProvider:
    provider: IdentityProvider | None = request.app.state.identity_provider
    if provider is None:
        raise NotFoundError("No identity provider is set up here; sign in with a password.")
    return provider


async def _photo_decoder(request: Request) -> PhotoDecoder:
    decoder: PhotoDecoder = request.app.state.photo_decoder
    return decoder


SettingsOfService = Annotated[Settings, Depends(_settings)]
Engine = Annotated[sa.Engine, Depends(_engine)]
PlanIndexInMemory = Annotated[PlanIndexHolder, Depends(_plan_index)]
Events = Annotated[EventStream, Depends(_event_stream)]
# One request is one transaction. `scope="function"` commits before the answer is sent; without it FastAPI commits
# afterwards, and a failed commit would already have been answered 201.
OF_SCOPE = Depends(_transaction, scope="function")
Transaction = Annotated[sa.Connection, OF_SCOPE]
# What changes whom a token stands for: callers are asked for anew when it has ended, before it is answered.
CallersTransaction = Annotated[sa.Connection, Depends(_callers_transaction, scope="function")]
# What senders ask touches the one row whose id they made themselves, wherever it lies.
IntakeTransaction = Annotated[sa.Connection, Depends(_intake, scope="function")]
AuditTransaction = Annotated[sa.Connection, Depends(_audit, scope="function")]
# Figures about a place count whoever walked there or looks in; which places are told, the scope of the caller says.
OVER_ALL = Depends(_overview, scope="function")
OverviewTransaction = Annotated[sa.Connection, OVER_ALL]
# Who shows the secret of a report sees that report alone, and who looked at its contact.
FollowTransaction = Annotated[sa.Connection, Depends(_followed, scope="function")]
ActorOfCaller = Annotated[Actor, Depends(_actor)]
AccessOfCaller = Annotated[Access, Depends(check_access)]
PhotoDecoderOfService = Annotated[PhotoDecoder, Depends(_photo_decoder)]
VaultOfService = Annotated[Vault, Depends(_vault)]
IdentityProviderOfService = Annotated[IdentityProvider, Depends(_identity_provider)]
