"""``zokusei serve``: pages and an API over a library."""

from __future__ import annotations

import getpass
import secrets
import socket
import sys
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlencode

import typer

from zokusei.cli.options import BundleOption, LibraryArgument
from zokusei.cli.windows import open_in_browser

if TYPE_CHECKING:
    from zokusei.serve.settings import Settings

# Where the token is made, when an operator asks for one.
_NEW = "new"
_TOKEN_BYTES = 24


def serve(
    lib: LibraryArgument,
    *,
    bundle: BundleOption = None,
    host: Annotated[
        str,
        typer.Option("--host", help="What to listen on; others than this machine need --token."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="0 takes any that is free.")
    ] = 8765,
    token: Annotated[
        str | None,
        typer.Option(
            "--token", envvar="ZOKUSEI_TOKEN", help="What requests must show; `new` makes one."
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host", metavar="NAME", help="A name that it is reached by; may be repeated."
        ),
    ] = None,
    language: Annotated[
        Literal["en", "ja"],
        typer.Option("--language", help="Of the pages, where a browser asks for neither."),
    ] = "en",
    show_r18: Annotated[bool, typer.Option("--show-r18", help="Show works rated R-18.")] = False,
    person: Annotated[
        str | None,
        typer.Option("--person", metavar="NAME", help="Who labels; your login by default."),
    ] = None,
    thumbnails_gb: Annotated[
        float,
        typer.Option("--thumbnails-gb", min=0, help="How much of them is kept on disk."),
    ] = 4.0,
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            min=1,
            help="Processes; one answers on about one core, each has its memory.",
        ),
    ] = 1,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Look, search, drag and correct in a browser; the API is under /api/v1."""
    from zokusei.serve.settings import Settings

    settings = Settings(
        library=lib,
        bundle=None if bundle is None or str(bundle) == "packaged" else bundle,
        host=host,
        port=port,
        token=secrets.token_urlsafe(_TOKEN_BYTES) if token == _NEW else token,
        hosts=tuple(allow_host or ()),
        language=language,
        show_r18=show_r18,
        person=person or _login(),
        most_thumbnail_bytes=round(thumbnails_gb * 1e9),
    )
    run_server(settings, workers=workers, open_page=open_)


def run_server(settings: Settings, *, workers: int = 1, open_page: bool = False) -> None:
    """Serves until it is interrupted; prints the address once it can be asked.

    Raises:
        UsageError: The address is taken, or cannot be listened on.
        LibraryError: There is no library.
        BundleError: The bundle is missing or altered.
    """
    from zokusei.serve.running import run, try_settings

    try_settings(settings)
    listening = listen(settings.host, settings.port)
    address = address_of(settings, listening.getsockname()[1])
    typer.echo(f"serving {settings.library} at {address} (Ctrl-C ends it)")
    sys.stdout.flush()
    if open_page:
        open_in_browser(address)
    run(settings, listening, workers=workers)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens: from now on nobody who asks is turned away.

    Raises:
        UsageError: The address is taken, or is none of this machine's.
    """
    from zokusei.errors import UsageError
    from zokusei.serve.running import MOST_WAITING

    try:
        *kind, _, place = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # The protocol has to be named, or asyncio would not ask for TCP_NODELAY, without which an
        # answer waits 40 ms for the reader to confirm its head.
        listening = socket.socket(*kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(MOST_WAITING)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror}; give another --port, or 0 for any "
            "that is free"
        ) from error
    return listening


def address_of(settings: Settings, port: int) -> str:
    """Where a browser on this machine finds the server; with its token, if it wants one."""
    host = settings.host.strip("[]")
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    named = f"[{host}]" if ":" in host else host
    token = f"?{urlencode({'token': settings.token})}" if settings.token else ""
    return f"http://{named}:{port}/{token}"


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
