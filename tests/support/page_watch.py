"""What a page does that its reader does not see."""

import attrs
from playwright.sync_api import ConsoleMessage, Page


@attrs.define(slots=False)  # playwright writes on the object whose method it is to call
class PageWatch:
    """
    What a page complained of, and what it asked for.

    Attributes:
        complaints: Errors and warnings of its console, and what it did not catch.
        requested: URLs of all that it loaded or connected to.
    """

    complaints: list[str] = attrs.field(factory=list)
    requested: list[str] = attrs.field(factory=list)

    def attach(self, page: Page) -> None:
        """Take note from now on."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(f"{error}: {error.stack}"))
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("websocket", lambda socket: self.requested.append(socket.url))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)
