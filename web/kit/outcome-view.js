/** One line that says what became of what a reader did. */

import { setText } from "./dom.js";
import { refusalText } from "./outcomes.js";

/** A line with `role="status"` and the class `outcome`; empty until something is done. */
export class OutcomeView {
  /** @param {HTMLElement} line */
  constructor(line) {
    this.line = line;
  }

  /**
   * Do something, and say that it goes on, what it came to, or why it was refused.
   *
   * @template Answer
   * @param {string} doing Such as `Disconnecting session 123`.
   * @param {() => Promise<Answer>} act
   * @param {(answer: Answer) => string} done What it came to, in words.
   * @returns {Promise<Answer | null>} Null where it was refused.
   */
  async follow(doing, act, done) {
    this.say(`${doing} …`, "busy");
    try {
      const answer = await act();
      this.say(done(answer), "good");
      return answer;
    } catch (error) {
      this.say(`${doing} was refused. ${refusalText(error)}`, "bad");
      return null;
    }
  }

  /**
   * @param {string} text
   * @param {"good" | "bad" | "busy"} tone
   */
  say(text, tone) {
    this.line.dataset.tone = tone;
    setText(this.line, text);
  }
}
