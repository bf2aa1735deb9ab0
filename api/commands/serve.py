"""`wangge serve`: the HTTP door."""

import contextlib
import errno
import signal
import socket
from typing import Annotated, Any

import typer

from gis.errors import WanggeError
from gis.settings import Settings

PORTS_TRIED = 100
TAKEN = (errno.EADDRINUSE, errno.EACCES)
KEPT_ALIVE_S = 30
# Streams are ended first, so this is only for a client that reads too slowly.
LAST_ANSWERS_S = 5


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; WANGGE_HOST, or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; the next free one when taken. WANGGE_PORT, or 8000.")] = None,
) -> None:
    """Serve the map, the field page and the HTTP door until Ctrl-C.

    The private PostgreSQL is started when WANGGE_DATABASE_URL names no other.

    Example: wangge serve --port 8080
    """
    from gis import settings as environment

    settings = environment.from_environment()
    listener = listen(host or settings.host, settings.port if port is None else port)
    run(settings, listener)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `port` or the next free one, and say so when it is another.

    Raises `WanggeError` when none of the next `PORTS_TRIED` ports is free or the address is not of this machine.
    """
    for candidate in range(port, min(port + PORTS_TRIED, 65_536)):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer waits 40 ms for an acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(256)
        except OSError as error:
            listener.close()
            if error.errno in TAKEN:
                continue
            raise WanggeError(f"Cannot listen on {host}:{candidate}: {error.strerror}.") from error
        if port not in (0, candidate):
            typer.echo(f"Port {port} is taken; using {candidate}.")
        return listener
    raise WanggeError(f"No port from {port} on is free; choose another with --port.")


def run(settings: Settings, listener: socket.socket) -> None:
    """Serve `settings` on a listening socket until SIGINT or SIGTERM.

    Raises `DatabaseUnavailableError` before anything is served when the database is away, unsafe or not migrated.
    """
    from api import logs
    from api.app import check_database, create_app

    logs.configure(settings.log_level)
    # Being told to end is not a failure. uvicorn raises the signal again when all is closed; here it ends the block, so
    # that whoever called can stop what stands beside the server.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        check_database(settings)
        server_of(create_app(settings), listener).run(sockets=[listener])


def server_of(app: Any, listener: socket.socket) -> Any:
    """Return a uvicorn server of an app that says where it is, and ends open streams as soon as it is told to stop."""
    import uvicorn

    from api.connections import Connection

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                typer.echo(f"Wangge is at {address_of(listener)}  (Ctrl-C ends it)")

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # uvicorn waits for answers that are still being sent; a stream of events would never end by itself.
            app.state.event_stream.end_streams()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        http=Connection,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(app.state.settings.trusted_proxies),
        forwarded_allow_ips=app.state.settings.trusted_proxies,
        timeout_keep_alive=KEPT_ALIVE_S,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
    )
    return Server(config)


def address_of(listener: socket.socket) -> str:
    """Return the address that people open, of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
