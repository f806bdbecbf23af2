/** What was executed, the newest first, and what to ask for when a reader wants to see more. */

const FIRST = 20;
const STEP = 50;
const PAGE = 100;

/** So many are remembered of an account, and no more are kept here. */
export const MOST_FILLS = 1_000;

/** Two orders may have executions of one name. */
export const fillKey = ({ order_id: order, execution_id: execution }) => `${order} ${execution}`;

/** The executions of one account; sans-I/O. */
export class Fills {
  /** Counts changes, so that whoever draws knows whether there is something new. */
  changes = 0;
  #fills = [];
  #known = new Set();
  #shown = FIRST;
  /** Where older ones begin: undefined while nobody has asked, null where there are none. */
  #next = undefined;

  /** Forget whose they were. */
  forget() {
    this.#begin([]);
    this.#shown = FIRST;
  }

  /** Take the last of them, oldest first. */
  applySnapshot({ fills = [] }) {
    this.#begin(fills);
    this.#next = fills.length < PAGE ? null : undefined;
  }

  /** Take one that was executed now. */
  applyEvent(fill) {
    if (!this.#known.has(fillKey(fill))) {
      this.#known.add(fillKey(fill));
      this.#fills.push(fill);
      this.#forgetOldest();
    }
    this.changes += 1;
  }

  /** Take an answer of `list_fills`, newest first. */
  applyPage({ fills, next }) {
    const older = fills.filter((fill) => !this.#known.has(fillKey(fill)));
    older.forEach((fill) => this.#known.add(fillKey(fill)));
    this.#fills.unshift(...older.reverse());
    this.#next = next;
    this.#forgetOldest();
    this.changes += 1;
  }

  /** What is shown, newest first. */
  get rows() {
    return this.#fills.slice(-this.#shown).reverse();
  }

  /** Whether there may be more than is shown. */
  get hasMore() {
    return this.#shown < this.#fills.length || this.#mayBeOlder;
  }

  /**
   * Show more.
   *
   * @returns {{limit: number, before?: string} | null} What to ask `list_fills` for it; null where it is known.
   */
  showMore() {
    this.#shown += STEP;
    this.changes += 1;
    if (this.#shown <= this.#fills.length || !this.#mayBeOlder) {
      return null;
    }
    // A page without a beginning starts at the newest again: an execution's time alone does not tell where one ends.
    const isFirst = this.#next === undefined;
    return isFirst ? { limit: Math.min(MOST_FILLS, this.#fills.length + PAGE) } : { limit: PAGE, before: this.#next };
  }

  get #mayBeOlder() {
    return this.#next !== null && this.#fills.length < MOST_FILLS;
  }

  #begin(fills) {
    this.#fills = [...fills];
    this.#known = new Set(fills.map(fillKey));
    this.#next = null;
    this.changes += 1;
  }

  #forgetOldest() {
    this.#fills.splice(0, this.#fills.length - MOST_FILLS).forEach((fill) => this.#known.delete(fillKey(fill)));
  }
}
