/** Asking again and again, while somebody sees what is asked for. */

import { setText } from "./dom.js";
import { refusalText } from "./outcomes.js";
import { Sight } from "./sight-view.js";

/** Asks at once when there is a connection and its element comes into sight, and then period by period; never twice at once. */
export class Repeated {
  #isLive = false;
  #isAsking = false;
  #isWanted = false;
  #timer = null;

  /**
   * @param {Element} element
   * @param {number} periodMs From an answer to the next question.
   * @param {() => Promise<void>} ask
   * @param {HTMLElement | null} [line] Says why there is no answer, while there is a connection.
   */
  constructor(element, periodMs, ask, line = null) {
    Object.assign(this, { periodMs, ask, line });
    this.sight = new Sight(element, () => this.now());
  }

  /** @param {boolean} isLive Whether there is a connection. */
  run(isLive) {
    this.#isLive = isLive;
    this.#tell("");
    this.now();
  }

  /** Ask now, if it makes sense, and go on from there; once more at the end of what is being asked, which may be old. */
  async now() {
    clearTimeout(this.#timer);
    this.#isWanted = true;
    if (!this.#isLive || !this.sight.isSeen || this.#isAsking) {
      return;
    }
    this.#isAsking = true;
    this.#isWanted = false;
    await this.ask().then(
      () => this.#tell(""),
      (error) => this.#tell(`Not told now, so that what is shown is from before. ${refusalText(error)}`),
    );
    this.#isAsking = false;
    this.#timer = setTimeout(() => this.now(), this.#isWanted ? 0 : this.periodMs);
  }

  /** Whether there is a connection at all, the page says. */
  #tell(text) {
    if (this.line) {
      setText(this.line, this.#isLive ? text : "");
    } else if (text) {
      console.info(text);
    }
  }
}
