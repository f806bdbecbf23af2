/** Positions in the document, and the button that closes one. */

import { amountText, exactText, gainDirection, gainText } from "../kit/amounts.js";
import { placesOf } from "../kit/decimals.js";
import { byId } from "../kit/dom.js";
import { OutcomeView } from "../kit/outcome-view.js";
import { ask } from "../kit/question-view.js";
import { priceText } from "../kit/words.js";
import { Listing } from "./listing-view.js";
import { Positions, closedText, closingOrder, orderName } from "./positions.js";

const SIDES = { long: "Long", short: "Short", flat: "Flat" };
const SIDE_DIRECTIONS = { long: "up", short: "down", flat: "flat" };
const MONEY_PLACES = 2;

/** The panel `#positions`. */
export class PositionsView {
  #positions = new Positions();
  #isKnown = false;
  #client = null;
  #marked = new Set();
  #onLive = Promise.withResolvers();
  #onMark = (price) => this.#change(() => this.#positions.applyMark(price));

  /**
   * @param {import("../kit/page-view.js").Page} page
   * @param {import("./instrument-names-view.js").InstrumentNames} names
   */
  constructor(page, names) {
    Object.assign(this, { page, names });
    this.outcome = new OutcomeView(byId("positions-outcome"));
    this.listing = new Listing("positions", "position", ({ instrument }) => instrument, (parts, row) => this.#write(parts, row));
    byId("positions-rows").addEventListener("click", ({ target }) => target.matches("button") && this.#close(target.closest("tr").dataset.key));
  }

  identify({ user }, client) {
    this.#positions.forget();
    this.#isKnown = false;
    this.#client = client;
    this.#marked.clear();
    this.outcome.say("", "good");
    client.subscribe(`tapecast.user.${user}.positions`, {
      onSnapshot: ({ payload }) => this.#change(() => this.#positions.applySnapshot(payload)),
      onEvent: ({ payload }) => this.#change(() => this.#positions.applyEvent(payload)),
    });
  }

  applyState({ phase }) {
    if (phase === "live") {
      this.#onLive.resolve();
      this.#onLive = Promise.withResolvers();
    }
  }

  render(_, { phase }) {
    this.isLive = phase === "live";
    this.listing.render(this.#positions.rows, this.#isKnown);
  }

  #change(apply) {
    apply();
    this.#isKnown = true;
    this.#followMarks();
    this.page.askForFrame();
  }

  #followMarks() {
    const held = new Set(this.#positions.held);
    const gone = [...this.#marked].filter((instrument) => !held.has(instrument));
    const more = [...held].filter((instrument) => !this.#marked.has(instrument));
    this.#marked = held;
    this.#client.unsubscribePrices(gone, this.#onMark);
    this.#client.subscribePrices(more, this.#onMark);
  }

  #write(parts, row) {
    const rules = this.names.rules.get(row.instrument);
    const places = Math.max(MONEY_PLACES, placesOf(rules?.tick_size ?? "0.01"));
    this.names.write(parts, row.instrument);
    parts.write("side", SIDES[row.side]);
    parts.mark("side", "direction", SIDE_DIRECTIONS[row.side]);
    parts.write("note", row.note);
    parts.write("quantity", exactText(row.quantity, 0));
    parts.write("average", amountText(row.average, places));
    parts.write("mark", priceText(row.mark, rules));
    parts.write("stale", row.isMarkStale ? "stale" : "");
    for (const name of ["unrealised", "realised"]) {
      parts.write(name, gainText(row[name], places));
      parts.mark(name, "direction", gainDirection(row[name], places));
    }
    const button = parts.get("close");
    button.hidden = row.side === "flat";
    button.disabled = !this.isLive;
    button.ariaLabel = `Close ${row.side} ${row.instrument}`;
  }

  async #close(instrument) {
    const row = this.#positions.rows.find((one) => one.instrument === instrument);
    const order = closingOrder(row, orderName(crypto.getRandomValues(new Uint32Array(2))));
    const client = this.#client;
    const answer = await ask({
      title: "Close a position",
      object: `${SIDES[row.side]} ${exactText(row.quantity, 0)} ${instrument}`,
      consequence: `A market order goes out to ${order.side} ${exactText(row.quantity, 0)}, at whatever price there is. It can only reduce the position.`,
      confirm: `Close ${instrument}`,
      isDestructive: true,
    });
    if (answer !== null && client === this.#client) {
      await this.outcome.follow(`Closing ${instrument}`, () => this.#send(order, client), closedText);
    }
  }

  /** An answer that a lost connection took along is asked for again; the order is not sent twice. */
  async #send(order, client) {
    try {
      return await client.call("tapecast.orders.place", { ...order, correlation_id: order.client_order_id });
    } catch (error) {
      if (client.state.phase === "live") {
        throw error;
      }
      this.outcome.say("The connection was lost before the answer. Once it is back, this page asks what became of the order.", "busy");
      await this.#onLive.promise;
      return client.call("tapecast.orders.get", { client_order_id: order.client_order_id });
    }
  }
}
