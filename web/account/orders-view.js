/** Orders in the document: those that are open, those that ended since, and what can be done about them. */

import { byId, setText } from "../kit/dom.js";
import { momentText } from "../kit/moments.js";
import { countOf } from "../kit/outcomes.js";
import { ask } from "../kit/question-view.js";
import { Listing } from "./listing-view.js";
import {
  Orders,
  SIDES,
  SIDE_DIRECTIONS,
  averageText,
  changeFields,
  changeOf,
  filledText,
  isChangeable,
  isFinal,
  kindText,
  orderText,
  statusText,
  toneOf,
} from "./orders.js";

const NOTHING = { open: "No order is open", past: "No order has ended since you signed in" };

/** The panel `#orders`. */
export class OrdersView {
  #orders = new Orders();
  #isKnown = false;
  #isLive = false;
  #shown = "open";

  /**
   * @param {import("../kit/page-view.js").Page} page
   * @param {import("./instrument-names-view.js").InstrumentNames} names
   * @param {import("./desk.js").Desk} desk
   */
  constructor(page, names, desk) {
    Object.assign(this, { page, names, desk });
    this.listing = new Listing("orders", "order", ({ order_id: id }) => id, (row, order) => this.#write(row, order));
    byId("orders-rows").addEventListener("click", ({ target }) => target.matches("button") && this.#act(target));
    byId("orders-choice").addEventListener("click", ({ target }) => target.matches("button") && this.#show(target.dataset.show));
    byId("orders-cancel-all").addEventListener("click", () => this.#cancelAll());
  }

  identify({ user }, client) {
    this.#orders.forget();
    this.#isKnown = false;
    client.subscribe(`tapecast.user.${user}.orders`, {
      onSnapshot: ({ payload }) => this.#take(() => this.#orders.applySnapshot(payload)),
      onEvent: ({ payload }) => this.#take(() => this.#orders.applyEvent(payload)),
    });
  }

  render(_nowMs, { phase }) {
    this.#isLive = phase === "live";
    const { open, past } = this.#orders;
    setText(byId("orders-open-count"), open.length === 0 ? "" : String(open.length));
    setText(byId("orders-nothing"), NOTHING[this.#shown]);
    byId("orders-cancel-all").disabled = open.length === 0 || !this.#isLive;
    this.listing.render(this.#shown === "open" ? open : past, this.#isKnown);
  }

  #take(apply) {
    apply();
    this.#isKnown = true;
    this.page.askForFrame();
  }

  #show(shown) {
    this.#shown = shown;
    for (const button of byId("orders-choice").querySelectorAll("button")) {
      button.ariaPressed = String(button.dataset.show === shown);
    }
    this.page.askForFrame();
  }

  #write(row, order) {
    this.names.write(row, order.instrument);
    row.write("time", momentText(order.placed_at, Date.now()));
    row.write("side", SIDES[order.side]);
    row.mark("side", "direction", SIDE_DIRECTIONS[order.side]);
    row.write("kind", kindText(order));
    row.write("filled", filledText(order));
    row.write("average", averageText(order));
    row.write("status", statusText(order));
    row.mark("status", "tone", toneOf(order));
    const ended = isFinal(order);
    for (const name of ["change", "cancel"]) {
      const button = row.get(name);
      button.hidden = ended;
      button.disabled = !this.#isLive || (name === "change" ? !isChangeable(order) : order.status === "pending_cancel");
      button.ariaLabel = `${button.textContent} ${orderText(order)}`;
    }
  }

  #act(button) {
    const order = this.#orders.find(button.closest("tr").dataset.key);
    if (order && button.dataset.part === "cancel") {
      this.desk.cancel(order);
    } else if (order) {
      this.#change(order);
    }
  }

  async #change(order) {
    const rules = this.names.rules.get(order.instrument);
    const wanted = rules && (await ask({ title: "Change an order", object: orderText(order), confirm: "Change it", fields: changeFields(order, rules) }));
    const change = wanted && changeOf(order, wanted);
    if (change) {
      this.desk.amend(order, change);
    }
  }

  async #cancelAll() {
    const open = countOf(this.#orders.open.length, "open order");
    const answer = await ask({
      title: "Cancel all orders",
      object: `${open} of this account`,
      consequence: "What was executed of them stays.",
      confirm: "Cancel all",
      isDestructive: true,
    });
    if (answer !== null) {
      this.desk.cancelAll();
    }
  }
}
