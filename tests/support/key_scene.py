"""An issuer on this machine, and who reads its tokens by keys that change."""

from typing import Any

from twisted.internet import reactor as real_reactor

from auth.claims import TokenRules
from auth.rotating_keys_component import RotatingKeys, TokenReader
from tests.support.clocked_reactor import ClockedReactor
from tests.support.key_issuer import KeyIssuer
from tests.support.keys_server import KeysServer


class KeyScene:
    """
    An issuer with the keys `old`, `new` and `unpublished`, a server of the first, and readers of its tokens.

    Attributes:
        clock: The time of all but the sockets.
    """

    def __init__(self, *, now_s: int | None = None) -> None:
        self.clock = ClockedReactor(real_reactor)
        self.issuer = KeyIssuer("old", "new", "unpublished", now_s=now_s)
        self.server = KeysServer(real_reactor, self.issuer.jwks("old"))
        self.readers: list[TokenReader] = []

    def read_by(self, **sources: Any) -> TokenReader:
        """A reader of tokens, by these sources of keys."""
        reader = TokenReader(RotatingKeys(self.clock, random=lambda: 0.5, **sources), TokenRules())
        self.readers.append(reader)
        reader.keys.start()
        return reader

    async def read_by_url(self, **others: Any) -> TokenReader:
        """A reader of tokens, by the keys of the URL, which it has fetched."""
        reader = self.read_by(url=self.server.url, **others)
        await self.fetched(reader)
        return reader

    async def end(self) -> None:
        """Stop everything; nothing is left behind."""
        for reader in self.readers:
            reader.keys.stop()
        await self.server.stop()
        assert self.clock.getDelayedCalls() == []

    async def fetched(self, reader: TokenReader) -> None:
        """Wait until the fetch that is on its way is over."""
        await self.clock.conditions.when(lambda: not fetching(reader))

    async def refetch(self, reader: TokenReader) -> None:
        """Let the next fetch come that nobody demands."""
        self.clock.advance(600)
        await self.fetched(reader)


def fetching(reader: TokenReader) -> bool:
    """Whether a fetch is on its way."""
    client = reader.keys._fetching
    assert client is not None
    return client.is_fetching
