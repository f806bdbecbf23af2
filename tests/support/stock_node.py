"""A real, unmodified Crossbar node as a subprocess, on free ports of the loopback interface."""

import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from twisted.internet import defer, error, protocol, reactor, task
from twisted.internet.endpoints import TCP4ClientEndpoint

POLL_INTERVAL_S = 0.1
START_TIMEOUT_S = 90.0


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Output(protocol.ProcessProtocol):
    def __init__(self) -> None:
        self.text = bytearray()
        self.ended: defer.Deferred[None] = defer.Deferred()

    def outReceived(self, data: bytes) -> None:
        self.text += data

    def errReceived(self, data: bytes) -> None:
        self.text += data

    def processEnded(self, _reason: object) -> None:
        self.ended.callback(None)


class _Probe(protocol.Protocol):
    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.loseConnection()


@attrs.frozen
class StockNode:
    """A running node; `stop` it in the end."""

    _output: _Output
    _process: Any

    @classmethod
    async def start(
        cls, directory: Path, config: Mapping[str, object], *, ports: Sequence[int], environ: Mapping[str, str]
    ) -> "StockNode":
        """
        Start a node in a directory of its own, and wait until it listens on all of these ports.

        Raises:
            AssertionError: It ended before, or took too long; the text is its output.
        """
        (directory / "config.json").write_text(json.dumps(config))
        crossbar = str(Path(sys.executable).with_name("crossbar"))
        arguments = [crossbar, "start", "--cbdir", str(directory)]
        output = _Output()
        process = reactor.spawnProcess(output, crossbar, arguments, env={**os.environ, **environ}, path=str(directory))
        node = cls(output, process)
        deadline_s = reactor.seconds() + START_TIMEOUT_S
        for port in ports:
            while not await _is_listening(port):
                if output.ended.called or reactor.seconds() > deadline_s:
                    await node.stop()
                    raise AssertionError(f"the node does not listen on {port}:\n{node.output}")
                await task.deferLater(reactor, POLL_INTERVAL_S)
        return node

    @property
    def output(self) -> str:
        """All that the node has written so far, its log above all."""
        return self._output.text.decode(errors="replace")

    async def stop(self) -> None:
        """End the node and wait for it."""
        if not self._output.ended.called:
            self._process.signalProcess("INT")
            await self._output.ended


async def _is_listening(port: int) -> bool:
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
    try:
        await endpoint.connect(protocol.Factory.forProtocol(_Probe))
    except error.ConnectError:
        return False
    return True
