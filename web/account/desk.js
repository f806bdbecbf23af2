/** What a reader does about orders, and what becomes of each: sent, answered, told of, lost with a connection, found again. */

import { exactText } from "../kit/amounts.js";
import { refusalText } from "../kit/outcomes.js";
import { orderText, plainWord, progressText, toneOf } from "./orders.js";

/** @typedef {import("../../clients/js/tapecast.js").Tapecast} Tapecast */

const MOST_ACTIONS = 30;
const MOST_STEPS = 12;

/**
 * One thing that was done.
 *
 * @typedef {object} Action
 * @property {string} id Its `correlation_id`.
 * @property {string} title
 * @property {string} procedure
 * @property {Record<string, unknown>} fields
 * @property {"sent" | "done" | "refused" | "unknown" | "missed"} state `unknown` until the gateway is asked; `missed` where it
 *   says that nothing arrived.
 * @property {string} [status] That of its order, as it was told last.
 * @property {string} [tone] How good that is.
 * @property {{atMs: number, text: string}[]} steps The oldest first.
 */

/** Sends what a reader does, each under a name of its own, and follows it. */
export class Desk {
  /** @type {Tapecast | null} */
  #client = null;
  /** @type {Map<string, Action>} */
  #actions = new Map();
  #asked = new Set();

  /**
   * @param {object} parts
   * @param {() => number} parts.nowMs
   * @param {() => string} parts.newName A name that no other action has.
   * @param {(text: string) => void} parts.onNews Something became of an action.
   */
  constructor({ nowMs, newName, onNews }) {
    Object.assign(this, { nowMs, newName, onNews });
  }

  /** @returns {Action[]} The newest first. */
  get actions() {
    return [...this.#actions.values()].reverse();
  }

  /** Work for whom a client is signed in as; what was done before is another's. */
  begin(client) {
    this.#client = client;
    this.#actions.clear();
    this.#asked.clear();
  }

  /** Place an order; its `client_order_id` is made here. @param {Record<string, unknown>} order */
  place(order) {
    const fields = { ...order, client_order_id: `page-${this.newName()}` };
    return this.#do("place", orderText(fields), fields);
  }

  cancel(order) {
    return this.#do("cancel", `Cancel: ${orderText(order)}`, { client_order_id: order.client_order_id });
  }

  amend(order, change) {
    return this.#do("amend", `Change: ${orderText(order)}`, change);
  }

  cancelAll() {
    return this.#do("cancel_all", "Cancel all open orders", {});
  }

  /** The very same once more, which is safe: an order of one name is placed once. @param {string} id */
  sendAgain(id) {
    return this.#send(this.#actions.get(id), "Sent again");
  }

  /** Take an event of the account's orders. */
  applyOrder({ correlation_id: id, payload }) {
    this.#tell(id, `The order is ${progressText(payload)}`, payload);
  }

  /** Take an execution. */
  applyFill({ correlation_id: id, payload: { side, quantity, price } }) {
    this.#tell(id, `${side === "buy" ? "Bought" : "Sold"} ${exactText(quantity, 0)} at ${exactText(price)}`);
  }

  /** Ask what became of what was lost; while there is a connection. */
  async look() {
    const lost = this.actions.filter(({ id, state }) => state === "unknown" && !this.#asked.has(id));
    await Promise.all(lost.map((action) => this.#find(action)));
  }

  #do(verb, title, fields) {
    const id = `${verb}-${this.newName()}`;
    const action = { id, title, procedure: `tapecast.orders.${verb}`, fields, state: "sent", steps: [] };
    this.#actions.set(id, action);
    if (this.#actions.size > MOST_ACTIONS) {
      this.#actions.delete(this.#actions.keys().next().value);
    }
    return this.#send(action, "Sent");
  }

  async #send(action, step) {
    const client = this.#client;
    this.#step(action, "sent", step);
    try {
      const answer = await client.call(action.procedure, { ...action.fields, correlation_id: action.id });
      this.#learn(action, answer);
      this.#step(action, "done", `Acknowledged: ${answerText(answer)}`);
    } catch (error) {
      this.#fail(action, error);
    }
    return action;
  }

  #fail(action, error) {
    if (error.code !== "unavailable") {
      this.#step(action, "refused", `Refused. ${refusalText(error)}`);
    } else if (action.state === "sent") {
      const hasName = "client_order_id" in action.fields;
      const next = hasName ? "As soon as it can be, the gateway is asked what became of it." : "Look at the open orders before you do it again.";
      this.#step(action, hasName ? "unknown" : "missed", `No answer came, so that it is not known whether it arrived. ${next}`);
    }
  }

  async #find(action) {
    const client = this.#client;
    this.#asked.add(action.id);
    try {
      const order = await client.call("tapecast.orders.get", { client_order_id: action.fields.client_order_id });
      const found = action.procedure.endsWith("place") ? "It arrived" : "The order is there";
      this.#learn(action, order);
      this.#step(action, "done", `${found}: ${answerText(order)}`);
    } catch (error) {
      if (error.code === "unknown_order") {
        this.#step(action, "missed", "It did not arrive. Sent again, it is the same order, and is placed once.");
      } else if (!error.retry) {
        this.#step(action, "refused", `What became of it is not told. ${refusalText(error)}`);
      }
    }
    this.#asked.delete(action.id);
  }

  /** Something that the gateway tells of an action shows that it arrived. */
  #tell(id, text, order) {
    const action = this.#actions.get(id);
    if (action) {
      this.#learn(action, order);
      this.#step(action, "done", text);
    }
  }

  /** How the order of an action is, where it was told. */
  #learn(action, order) {
    if (order?.status) {
      action.status = plainWord(order.status);
      action.tone = toneOf(order);
    }
  }

  #step(action, state, text) {
    if (this.#actions.get(action.id) !== action) {
      return; // It is too old, or another's.
    }
    action.state = state;
    action.steps.push({ atMs: this.nowMs(), text });
    action.steps.splice(0, action.steps.length - MOST_STEPS);
    this.onNews(`${action.title}: ${text}`);
  }
}

/**
 * A name that no other action has; `crypto.randomUUID` is not there where a page comes over plain HTTP.
 *
 * @param {Iterable<number>} chance
 */
export const chanceName = (chance) => [...chance].map((number) => number.toString(36)).join("");

function answerText(answer) {
  if (Array.isArray(answer)) {
    return answer.length === 0 ? "no order was open" : `${answer.length} cancelled`;
  }
  return progressText(answer);
}
