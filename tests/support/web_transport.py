"""A transport as a node's configuration describes it, as Crossbar makes it, on a real port."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
from crossbar.worker.transport import RouterTransport
from twisted.internet import reactor

from router.demo_answers import DemoAnswers
from router.http_guard import OpenToAll
from router.personality import TapecastPersonality
from router.tls import NodeTls
from router.transports import create_router_transport
from tests.support.node import free_port
from tests.support.routers import RouterUnderTest

AUTH = {"anonymous": {"type": "static", "role": "public"}}


@attrs.define
class Started:
    """A transport that listens, and where."""

    transport: RouterTransport
    port: int
    router: RouterUnderTest


def worker_around(router: RouterUnderTest, directory: Path, tls: NodeTls | None) -> Any:
    """As much of a router worker as transports ask for."""

    async def health(_rest: list[str]) -> tuple[int, object]:
        return 200, {"status": "up"}

    return SimpleNamespace(
        personality=TapecastPersonality,
        config=SimpleNamespace(extra=SimpleNamespace(cbdir=str(directory))),
        templates=lambda: SimpleNamespace(get_template=lambda _name: None),
        router_session_factory=router._sessions,
        _router_session_factory=router._sessions,
        _reactor=reactor,
        http_answers=lambda: {"health": health},
        http_guard=OpenToAll,
        demo_answers=DemoAnswers,
        start_tls=lambda _certificate, _key: tls,
    )


async def start_transport(
    router: RouterUnderTest, directory: Path, config: dict[str, Any], tls: NodeTls | None = None
) -> Started:
    """A transport of a configuration."""
    transport = create_router_transport(worker_around(router, directory, tls), "clients", config)
    await transport.start()
    return Started(transport, config["endpoint"].get("port", 0), router)


async def start_web_transport(router: RouterUnderTest, directory: Path, tls: NodeTls | None = None) -> Started:
    """The web transport of a node: pages at the root, and WebSocket below."""
    (directory / "pages").mkdir()
    (directory / "pages" / "index.html").write_bytes(b"page")
    (directory / "library").mkdir()
    (directory / "library" / "client.js").write_bytes(b"export {};")
    websocket = {"type": "websocket", "auth": AUTH, "options": {"allowed_origins": ["https://desk.example"]}}
    config: dict[str, Any] = {
        "type": "web",
        "endpoint": {"type": "tcp", "interface": "127.0.0.1", "port": free_port()},
        "options": {"client_timeout": 10},
        "paths": {
            "/": {
                "type": "pages",
                "directory": str(directory / "pages"),
                "mounts": {"clients/js": str(directory / "library")},
            },
            "ws": websocket,
        },
    }
    if tls is not None:
        config["endpoint"]["tls"] = {"certificate": "tls.crt", "key": "tls.key"}
    started = await start_transport(router, directory, config, tls)
    service = TapecastPersonality.WEB_SERVICE_FACTORIES["websocket"]
    started.transport.root["ws"] = service.create(started.transport, "ws", websocket)
    return started
