/** The half of the account page that trades. */

import { byId, setText } from "../kit/dom.js";
import { ActivityView } from "./activity-view.js";
import { Desk, chanceName } from "./desk.js";
import { OrdersView } from "./orders-view.js";
import { TicketView } from "./ticket-view.js";

const LOOK_MS = 2_000;

/** One desk for what is done on this page, told of all that becomes of it. */
class DeskShell {
  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.desk = new Desk({
      nowMs: () => Date.now(),
      newName: () => chanceName(crypto.getRandomValues(new Uint32Array(2))),
      onNews: (text) => this.#announce(text),
    });
    setInterval(() => this.#look(), LOOK_MS);
  }

  identify({ user }, client) {
    this.desk.begin(client);
    client.subscribe(`tapecast.user.${user}.orders`, { onEvent: (envelope) => this.desk.applyOrder(envelope) });
    client.subscribe(`tapecast.user.${user}.fills`, { onEvent: (envelope) => this.desk.applyFill(envelope) });
  }

  applyState() {
    this.#look();
  }

  #look() {
    if (this.page.state?.phase === "live") {
      this.desk.look();
    }
  }

  #announce(text) {
    setText(byId("activity-news"), text);
    this.page.askForFrame();
  }
}

/**
 * Add its panels to a page.
 *
 * @param {import("../kit/page-view.js").Page} page
 * @param {import("./instrument-names-view.js").InstrumentNames} names
 */
export function addTrading(page, names) {
  const { desk } = page.add(new DeskShell(page));
  page.add(new TicketView(page, names, desk));
  page.add(new ActivityView(desk));
  page.add(new OrdersView(page, names, desk));
}
