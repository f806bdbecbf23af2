/** The wallet in the document. */

import { exactText } from "../kit/amounts.js";
import { rounded } from "../kit/decimals.js";
import { Listing } from "./listing-view.js";
import { Wallet } from "./wallet.js";

const PLACES = 8;

/** The panel `#wallet`. */
export class WalletView {
  #wallet = new Wallet();
  #isKnown = false;
  #listing = new Listing("wallet", "wallet", ({ currency }) => currency, write);

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
  }

  identify({ user }, client) {
    this.#wallet.forget();
    this.#isKnown = false;
    client.subscribe(`tapecast.user.${user}.wallet`, {
      onSnapshot: ({ payload }) => this.#change(() => this.#wallet.applySnapshot(payload)),
      onEvent: ({ payload }) => this.#change(() => this.#wallet.applyEvent(payload)),
    });
  }

  render() {
    this.#listing.render(this.#wallet.rows, this.#isKnown);
  }

  #change(apply) {
    apply();
    this.#isKnown = true;
    this.page.askForFrame();
  }
}

function write(parts, { currency, total, free, locked }) {
  parts.write("currency", currency);
  for (const [name, value] of Object.entries({ total, free, locked })) {
    parts.write(name, exactText(rounded(value, PLACES)));
    parts.get(name).title = exactText(value);
  }
}
