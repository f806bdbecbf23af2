/** Executions in the document, newest first. */

import { exactText } from "../kit/amounts.js";
import { rounded } from "../kit/decimals.js";
import { byId } from "../kit/dom.js";
import { momentText } from "../kit/moments.js";
import { OutcomeView } from "../kit/outcome-view.js";
import { priceText } from "../kit/words.js";
import { Fills, fillKey } from "./fills.js";
import { Listing } from "./listing-view.js";
import { SIDES, SIDE_DIRECTIONS } from "./orders.js";

const LIQUIDITY = { maker: "Maker", taker: "Taker" };
const COMMISSION_PLACES = 6;

/** The panel `#fills`. */
export class FillsView {
  #fills = new Fills();
  #isKnown = false;
  #client = null;
  #drawn = null;

  /**
   * @param {import("../kit/page-view.js").Page} page
   * @param {import("./instrument-names-view.js").InstrumentNames} names
   */
  constructor(page, names) {
    Object.assign(this, { page, names });
    this.outcome = new OutcomeView(byId("fills-outcome"));
    this.listing = new Listing("fills", "fill", fillKey, (parts, fill) => this.#write(parts, fill));
    this.more = byId("fills-more");
    this.more.addEventListener("click", () => this.#showMore());
  }

  identify({ user }, client) {
    this.#fills.forget();
    this.#isKnown = false;
    this.#client = client;
    this.outcome.say("", "good");
    client.subscribe(`tapecast.user.${user}.fills`, {
      onSnapshot: ({ payload }) => this.#change(() => this.#fills.applySnapshot(payload)),
      onEvent: ({ payload }) => this.#change(() => this.#fills.applyEvent(payload)),
    });
  }

  render() {
    const drawn = `${this.#fills.changes} ${this.names.rules.size}`;
    if (this.#drawn !== drawn) {
      this.#drawn = drawn;
      this.listing.render(this.#fills.rows, this.#isKnown);
      this.more.hidden = !this.#fills.hasMore;
    }
  }

  #change(apply) {
    apply();
    this.#isKnown = true;
    this.page.askForFrame();
  }

  async #showMore() {
    const request = this.#fills.showMore();
    const client = this.#client;
    this.page.askForFrame();
    if (request) {
      const asked = () => client.call("tapecast.account.list_fills", request);
      const page = await this.outcome.follow("Looking for older ones", asked, ({ next }) => (next ? "" : "These are all that the gateway remembers."));
      if (page && client === this.#client) {
        this.#change(() => this.#fills.applyPage(page));
      }
    }
  }

  #write(parts, fill) {
    const { side, quantity, price, commission, commission_currency: currency, liquidity, client_order_id: name } = fill;
    this.names.write(parts, fill.instrument);
    parts.write("time", momentText(fill.executed_at, Date.now()));
    parts.write("side", SIDES[side]);
    parts.mark("side", "direction", SIDE_DIRECTIONS[side]);
    parts.write("quantity", exactText(quantity, 0));
    parts.write("price", priceText(price, this.names.rules.get(fill.instrument)));
    parts.write("commission", `${exactText(rounded(commission, COMMISSION_PLACES))} ${currency}`);
    parts.write("liquidity", LIQUIDITY[liquidity] ?? liquidity);
    parts.write("order", name ?? fill.order_id);
    parts.get("order").title = name ?? fill.order_id;
  }
}
