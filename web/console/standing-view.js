/** What keeps people out until it ends or is taken back: blocked addresses and revoked tokens, a table each. */

import { byId, setText } from "../kit/dom.js";
import { LongRows } from "../kit/long-rows-view.js";
import { momentText } from "../kit/moments.js";
import { OutcomeView } from "../kit/outcome-view.js";
import { Repeated } from "../kit/repeated-view.js";
import { UNKNOWN } from "../kit/words.js";
import { wholeText } from "./figure-words.js";
import { addressName, blockAddress, remainingText, restore, revoke, revokedName, unblock } from "./session-actions.js";

/** Another operator may add to it. */
const PERIOD_MS = 10_000;

/** One of the two panels; the ids of its parts begin with its name. */
class StandingPanel {
  #rows = [];

  /**
   * @param {import("./operator-view.js").Operator} operator
   * @param {() => import("./sessions.js").Session[]} knownSessions
   * @param {object} parts
   * @param {string} parts.name
   * @param {string} parts.procedure What lists it.
   * @param {(one: any) => string} parts.nameOf
   * @param {(one: any) => import("./session-actions.js").Action} parts.takeBack
   * @param {(form: FormData) => import("./session-actions.js").Action} parts.begin
   */
  constructor(operator, knownSessions, { name, procedure, nameOf, takeBack, begin }) {
    Object.assign(this, { operator, knownSessions, name, procedure, nameOf, takeBack, begin });
    this.form = byId(`${name}-form`);
    this.outcome = new OutcomeView(byId(`${name}-outcome`));
    const write = (row, one) => this.#write(row, one);
    this.table = new LongRows(byId(`${name}-scroll`), byId(`${name}-rows`), byId(`${name}-row`), nameOf, write);
    byId(`${name}-rows`).addEventListener("click", ({ target }) => this.#takeBack(target.closest("button")));
    this.form.addEventListener("submit", (event) => this.#begin(event));
    this.repeated = new Repeated(byId(name), PERIOD_MS, () => this.#load(), byId(`${name}-fault`));
    operator.onAction(() => this.repeated.now());
  }

  identify() {
    this.repeated.now();
  }

  applyState(state) {
    this.repeated.run(state.phase === "live");
  }

  async #load() {
    this.#rows = await this.operator.call(this.procedure);
    this.table.render(this.#rows);
    setText(byId(`${this.name}-count`), wholeText(this.#rows.length));
    byId(`${this.name}-nothing`).hidden = this.#rows.length > 0;
    byId(`${this.name}-scroll`).hidden = this.#rows.length === 0;
  }

  #write(row, one) {
    row.write("name", this.nameOf(one));
    row.write("end", remainingText(one, Date.now()));
    row.write("by", `${one.by}, ${momentText(one.since, Date.now())}`);
    row.write("reason", one.reason || UNKNOWN);
    row.get("undo").ariaLabel = `${row.get("undo").textContent} ${this.nameOf(one)}`;
  }

  #takeBack(button) {
    const key = button?.closest("tr").dataset.key;
    const one = this.#rows.find((row) => this.nameOf(row) === key);
    if (one) {
      this.operator.act(this.takeBack(one), [], this.outcome);
    }
  }

  async #begin(event) {
    event.preventDefault();
    if (this.form.reportValidity()) {
      await this.operator.act(this.begin(new FormData(this.form)), this.knownSessions(), this.outcome);
    }
  }
}

/** The panel `#blocks`. */
export class BlocksPanel extends StandingPanel {
  constructor(operator, knownSessions) {
    super(operator, knownSessions, {
      name: "blocks",
      procedure: "tapecast.admin.addresses.list",
      nameOf: ({ address }) => addressName(address),
      takeBack: ({ address }) => unblock(address),
      begin: (form) => blockAddress(form.get("address").trim()),
    });
  }
}

/** The panel `#revocations`. */
export class RevocationsPanel extends StandingPanel {
  constructor(operator, knownSessions) {
    super(operator, knownSessions, {
      name: "revocations",
      procedure: "tapecast.admin.tokens.list_revocations",
      nameOf: revokedName,
      takeBack: restore,
      begin: (form) => revoke(form.get("kind"), form.get("name").trim(), operator.ownKey),
    });
  }
}
