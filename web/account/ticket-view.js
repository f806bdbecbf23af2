/** The order ticket in the document. */

import { exactText } from "../kit/amounts.js";
import { byId, setText } from "../kit/dom.js";
import { pairOf, priceText } from "../kit/words.js";
import { TIMES, TYPES, estimateOf, estimateText, faultsOf, fieldsOf, orderOf } from "./ticket.js";
import { Wallet } from "./wallet.js";

const OPTIONAL = ["price", "stop_price", "expire_at", "post_only"];
const WITH_FAULTS = ["instrument", "quantity", "price", "stop_price", "expire_at"];

/** The panel `#ticket`. */
export class TicketView {
  #wallet = new Wallet();
  #isWalletKnown = false;
  #quote = null;
  #client = null;
  #followed = "";
  #listed = null;
  #hasTried = false;
  #onPrice = (price) => this.#takeQuote(price);

  /**
   * @param {import("../kit/page-view.js").Page} page
   * @param {import("./instrument-names-view.js").InstrumentNames} names
   * @param {import("./desk.js").Desk} desk
   */
  constructor(page, names, desk) {
    Object.assign(this, { page, names, desk });
    this.form = byId("ticket-form");
    this.fields = this.form.elements;
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.form.addEventListener("input", ({ target }) => this.#change(target.name));
    this.fields.type.replaceChildren(...Object.entries(TYPES).map(([value, { label }]) => new Option(label, value)));
    this.#offerTimes();
  }

  identify({ user }, client) {
    this.#client = client;
    this.#followed = "";
    this.#wallet.forget();
    this.#isWalletKnown = false;
    client.subscribe(`tapecast.user.${user}.wallet`, {
      onSnapshot: ({ payload }) => this.#take(() => this.#wallet.applySnapshot(payload)),
      onEvent: ({ payload }) => this.#take(() => this.#wallet.applyEvent(payload)),
    });
    this.#follow();
  }

  render(_nowMs, { phase }) {
    this.#offerInstruments();
    this.#showQuote();
    this.#showEstimate();
    const { side, instrument } = this.#entries();
    const [base] = pairOf(instrument, this.#rules);
    setText(byId("ticket-send"), `${side === "buy" ? "Buy" : "Sell"} ${base}`);
    byId("ticket-send").dataset.side = side;
    byId("ticket-send").disabled = phase !== "live";
  }

  get #rules() {
    return this.names.rules.get(this.fields.instrument.value);
  }

  #take(apply) {
    apply();
    this.#isWalletKnown = true;
    this.page.askForFrame();
  }

  #takeQuote(price) {
    if (price.instrument === this.#followed) {
      this.#quote = price;
      this.page.askForFrameInTime();
    }
  }

  /** The prices of the chosen instrument, and of no other. */
  #follow() {
    const { value } = this.fields.instrument;
    if (this.#client && value && value !== this.#followed) {
      this.#client.unsubscribePrices([this.#followed], this.#onPrice);
      this.#quote = null;
      this.#followed = value;
      this.#client.subscribePrices([value], this.#onPrice);
    }
  }

  #offerInstruments() {
    if (this.#listed !== this.names.rules) {
      this.#listed = this.names.rules;
      const chosen = this.fields.instrument.value;
      const options = [...this.#listed].map(([name, rules]) => new Option(pairOf(name, rules).join(" / "), name));
      this.fields.instrument.replaceChildren(...options);
      this.fields.instrument.value = this.#listed.has(chosen) ? chosen : (options[0]?.value ?? "");
      this.#follow();
    }
    for (const unit of this.form.querySelectorAll("[data-unit]")) {
      setText(unit, this.#rules?.[unit.dataset.unit] ?? "");
    }
  }

  #offerTimes() {
    const { times } = TYPES[this.fields.type.value];
    this.fields.time_in_force.replaceChildren(...times.map((value) => new Option(TIMES[value], value)));
  }

  #entries() {
    const entries = Object.fromEntries(new FormData(this.form));
    const texts = Object.entries(entries).map(([name, value]) => [name, value.trim()]);
    const { post_only: postOnly, reduce_only: reduceOnly } = this.fields;
    return { price: "", stop_price: "", expire_at: "", instrument: "", ...Object.fromEntries(texts), post_only: postOnly.checked, reduce_only: reduceOnly.checked };
  }

  #change(name) {
    if (name === "type") {
      this.#offerTimes();
    }
    this.#follow();
    const shown = fieldsOf(this.#entries());
    for (const name of OPTIONAL) {
      byId(`ticket-${name}-field`).hidden = !shown.has(name);
    }
    if (this.#hasTried) {
      this.#showFaults();
    }
    this.page.askForFrame();
  }

  #showFaults() {
    const faults = faultsOf(this.#entries(), this.#rules, this.#quote ?? undefined, Date.now());
    for (const name of WITH_FAULTS) {
      setText(byId(`ticket-${name}-fault`), faults[name] ?? "");
      this.fields[name].ariaInvalid = faults[name] ? "true" : null;
    }
    return WITH_FAULTS.find((name) => faults[name]);
  }

  #submit(event) {
    event.preventDefault();
    this.#hasTried = true;
    const wrong = this.#showFaults();
    if (wrong) {
      this.fields[wrong].focus();
    } else {
      this.#hasTried = false;
      this.desk.place(orderOf(this.#entries()));
    }
  }

  #showQuote() {
    for (const name of ["bid", "price", "ask"]) {
      setText(byId(`ticket-${name}-now`), priceText(this.#quote?.[name] ?? null, this.#rules));
    }
  }

  #showEstimate() {
    const estimate = estimateOf(this.#entries(), this.#rules, this.#quote ?? undefined);
    const currency = estimate?.currency ?? this.#rules?.quote;
    const held = this.#wallet.rows.find((balance) => balance.currency === currency);
    const free = this.#isWalletKnown ? (held?.free ?? "0") : null;
    const { worth, needs, isShort } = estimateText(estimate, free, this.#rules?.quote);
    setText(byId("ticket-worth"), worth);
    setText(byId("ticket-needs"), needs);
    setText(byId("ticket-free"), currency ? `${exactText(free)} ${currency}` : "");
    byId("ticket-short").hidden = !isShort;
  }
}
