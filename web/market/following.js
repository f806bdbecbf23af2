/** What a panel follows of the chosen instrument: another choice, or another client, ends it and begins anew. */

/** @typedef {import("../../clients/js/tapecast.js").Tapecast} Tapecast */
/** @typedef {import("./choice.js").Choice} Choice */

/**
 * The subscriptions of one panel.
 *
 * It touches neither clock nor socket.
 */
export class Following {
  #client = null;
  #key = null;
  #stops = [];

  /**
   * @param {Choice} choice
   * @param {(choice: Choice) => string | null} keyOf What has to differ for the panel to begin anew; null for nothing.
   * @param {(client: Tapecast, choice: Choice) => (() => void)[]} follow Begin anew, and tell what ends each subscription.
   * @param {() => void} forget Forget what was told before.
   */
  constructor(choice, keyOf, follow, forget) {
    Object.assign(this, { choice, keyOf, follow, forget });
    choice.listen(() => this.#apply());
  }

  /**
   * Follow with this client, and with no other any more.
   *
   * @param {Tapecast} client
   */
  attach(client) {
    this.#stop();
    this.#client = client;
    this.#key = null;
    this.#apply();
  }

  #apply() {
    const key = this.keyOf(this.choice);
    if (key !== this.#key) {
      this.#stop();
      this.#key = key;
      this.forget();
      if (key !== null && this.#client) {
        this.#stops = this.follow(this.#client, this.choice);
      }
    }
  }

  #stop() {
    this.#stops.forEach((stop) => stop());
    this.#stops = [];
  }
}

/** The key of what is of a venue's instrument. */
export function venueKey({ instrument, venue }) {
  return venue === null ? null : `${venue}.${instrument}`;
}
