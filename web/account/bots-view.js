/** Bots in the document. */

import { momentText } from "../kit/moments.js";
import { botRow } from "./bots.js";
import { Listing } from "./listing-view.js";

const moment = (iso) => momentText(iso, Date.now());

/** The panel `#bots`. */
export class BotsView {
  #bots = [];
  #isKnown = false;
  #listing = new Listing("bots", "bot", ({ id }) => id, write);

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
  }

  identify({ user }, client) {
    this.#bots = [];
    this.#isKnown = false;
    // Each event is complete: it has all of the bots.
    client.subscribe(`tapecast.user.${user}.bots`, ({ payload }) => {
      this.#bots = payload.bots ?? [];
      this.#isKnown = true;
      this.page.askForFrame();
    });
  }

  render() {
    this.#listing.render(this.#bots.map((bot) => botRow(bot, moment)), this.#isKnown);
  }
}

function write(parts, bot) {
  for (const name of ["name", "status", "profit", "won", "trades", "reported"]) {
    parts.write(name, bot[name]);
  }
  parts.mark("status", "tone", bot.tone);
  parts.mark("profit", "direction", bot.direction);
}
