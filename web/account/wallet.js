/** The money of an account, by currency. */

import { signOf } from "../kit/decimals.js";

/** @typedef {{currency: string, total: string, free: string, locked: string}} Balance Decimal strings. */

/** The balances of one account; sans-I/O. */
export class Wallet {
  #balances = new Map();

  /** Forget whose it was. */
  forget() {
    this.#balances.clear();
  }

  /** Take the whole state. */
  applySnapshot({ wallet = [] }) {
    this.forget();
    wallet.forEach((balance) => this.applyEvent(balance));
  }

  /** Take what has become of one currency. */
  applyEvent(balance) {
    this.#balances.set(balance.currency, balance);
  }

  /** @returns {Balance[]} By currency; what is used up is left out. */
  get rows() {
    const held = [...this.#balances.values()].filter(({ total, locked }) => signOf(total) !== 0 || signOf(locked) !== 0);
    return held.sort((one, other) => (one.currency < other.currency ? -1 : 1));
  }
}
