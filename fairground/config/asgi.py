"""The ASGI entry of a web process: the door and the live streams straight on ASGI, every other page through Django."""

import asyncio
import gc
import logging
import os
import time
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairground.config.settings")
django.setup()

from asgiref.sync import sync_to_async  # noqa: E402 - Django must be set up before models are imported
from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import InterfaceError, OperationalError, connection  # noqa: E402

from fairground.catalog.pictures.store import PictureStore  # noqa: E402
from fairground.intake.counter import Counter, open_counter  # noqa: E402
from fairground.intake.door import Door  # noqa: E402
from fairground.intake.tokens import DoorKeys  # noqa: E402
from fairground.sites.api.door import DoorSite, encode  # noqa: E402
from fairground.sites.api.stream import DealStock  # noqa: E402
from fairground.sites.asgi import Application, Receive, Scope, Send  # noqa: E402
from fairground.sites.live_screen.stream import LiveFigures  # noqa: E402
from fairground.sites.merchant_desk.links import is_ours  # noqa: E402
from fairground.sites.pages import Pages  # noqa: E402
from fairground.sites.picture_files import PICTURES_PREFIX, PictureFiles  # noqa: E402
from fairground.sites.static_files import STATIC_PREFIX, StaticFiles  # noqa: E402
from fairground.sites.streams import StreamSite  # noqa: E402

logger = logging.getLogger(__name__)

# Recovery after a crash takes seconds; whoever started us waits a minute before it calls us broken.
DATABASE_WITHIN_S = 30.0
DATABASE_EVERY_S = 0.2


class Site:
    """One a process. The lifespan opens the door before the first request and closes it after the last."""

    def __init__(self) -> None:
        self._pages = Pages(get_wsgi_application(), opens=lambda link: is_ours(link, now=datetime.now(UTC)))
        self._static = StaticFiles()
        self._pictures = PictureFiles(PictureStore(settings.PICTURES))
        self._routes: dict[str, Application] = {}
        self.door: DoorSite | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live one life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["path"] in self._routes:
            await self._routes[scope["path"]](scope, receive, send)
        elif scope["path"].startswith("/v1/"):
            assert self.door is not None, "the door opens with the lifespan"
            await self.door(scope, receive, send)
        elif scope["path"].startswith(STATIC_PREFIX):
            await self._static(scope, receive, send)
        elif scope["path"].startswith(PICTURES_PREFIX):
            await self._pictures(scope, receive, send)
        else:
            await self._pages(scope, receive, send)

    def is_stream(self, path: str) -> bool:
        """Whether the answer at this path has no end."""
        return path in self._routes

    async def _live(self, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        await receive()
        hosts = frozenset(host.encode() for host in settings.ALLOWED_HOSTS)
        keys = DoorKeys.of_realm(secret=settings.SECRET_KEY, realm=settings.REALM.name)
        door = await sync_to_async(_open_door)(keys, loop)
        self.door = DoorSite(door=door, hosts=hosts)
        open_counter(Counter(door=door, loop=loop))
        streams = [
            StreamSite(source=LiveFigures(realm=settings.REALM.name), loop=loop),
            StreamSite(source=DealStock(), loop=loop),
        ]
        self._routes = {"/live/stream": streams[0], "/v1/deals/stream": streams[1]}
        _rest_collector()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for stream in streams:
            await sync_to_async(stream.close)()
        await sync_to_async(door.close)()
        await send({"type": "lifespan.shutdown.complete"})


def _open_door(keys: DoorKeys, loop: asyncio.AbstractEventLoop) -> Door:
    """Open the door; a process that starts while the database starts again waits for it, as the others do."""
    give_up_at = time.monotonic() + DATABASE_WITHIN_S
    while True:
        try:
            door = Door(keys=keys, encode=encode, loop=loop)
            door.open()
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if time.monotonic() > give_up_at:
                raise
            logger.warning("the door stays shut: %s", str(error).strip())
            time.sleep(DATABASE_EVERY_S)
        else:
            return door


def _rest_collector() -> None:
    """Batches make objects by the hundred thousand and no cycles: let Python look for cycles rarely, and not here."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


application = Site()
