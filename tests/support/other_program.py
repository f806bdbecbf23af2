"""Another program of a user, beside the page that a test looks at."""

from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Browser

from tests.support.node import RunningNode

CONNECT = """async ([url, token]) => {
    const { connect } = await import("/clients/js/tapecast.js");
    window.program = connect({ url, wamp: Wampy, token });
    await new Promise((resolve, reject) => program.onConnectionChange(({ phase, ending }) => {
        if (phase === "live") resolve();
        if (phase === "ended") reject(new Error(JSON.stringify(ending)));
    }));
}"""
CALL = """([procedure, fields]) => program.call(`tapecast.${procedure}`, fields)"""


class OtherProgram:
    """A program over the client for JavaScript, in a tab of its own; a context manager that ends with it gone."""

    def __init__(self, browser: Browser, node: RunningNode, user: str, role: str = "trader") -> None:
        self._browser = browser
        self._node = node
        self._token = node.token(user, role)

    def __enter__(self) -> Self:
        self._context = self._browser.new_context()
        self._tab = self._context.new_page()
        self._tab.goto(f"{self._node.url}/account.html")
        self._tab.evaluate(CONNECT, [self._node.websocket_url, self._token])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.close()

    def call(self, procedure: str, **fields: Any) -> Any:
        """What a procedure of the contract answers."""
        return self._tab.evaluate(CALL, [procedure, fields])
