/** Instruments as the tables of an account name them. */

import { askUntilAnswered } from "../kit/asking.js";
import { pairOf } from "../kit/words.js";

/** The rules of all instruments, once the gateway has told them. */
export class InstrumentNames {
  /** @type {Map<string, import("../market/listing.js").Instrument>} */
  rules = new Map();

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
  }

  async applyState(state) {
    if (state.phase === "live") {
      const { client } = this.page;
      const isWanted = () => this.page.client === client && this.page.state === state;
      const listed = await askUntilAnswered(client, "tapecast.market.list_instruments", {}, isWanted);
      if (listed) {
        this.rules = new Map(listed.map((one) => [one.instrument, one]));
        this.page.askForFrame();
      }
    }
  }

  /** Write an instrument into the parts `base` and `quote` of a row. */
  write(parts, instrument) {
    const [base, quote] = pairOf(instrument, this.rules.get(instrument));
    parts.write("base", base);
    parts.write("quote", quote && `/ ${quote}`);
  }
}
