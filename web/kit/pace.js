/** How often a reader wants events of a topic: the steps to choose from, and what was chosen. */

/** Events a second and topic, from the slowest step to all there are; null is no limit. */
export const PACES_HZ = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, null];

const ALL = PACES_HZ.length - 1;

/**
 * A pace in words.
 *
 * @param {number | null} hz
 */
export function paceText(hz) {
  if (hz === null) {
    return "every event";
  }
  return hz < 1 ? `one in ${Number((1 / hz).toFixed(1))} s` : `${hz} a second`;
}

/** The reader's choice; it outlives sessions, whose pace ends with them. */
export class PaceChoice {
  maxHz = null;
  background = false;

  /** Whether it is what a session begins with. */
  get isDefault() {
    return this.maxHz === null && !this.background;
  }

  /** The step of the choice, as a slider has it. */
  get step() {
    return PACES_HZ.indexOf(this.maxHz);
  }

  /** @param {number} step Of `PACES_HZ`; beyond them the nearest. */
  chooseStep(step) {
    this.maxHz = PACES_HZ[Math.min(ALL, Math.max(0, step))];
  }

  /** The arguments of `tapecast.session.pace`. */
  get fields() {
    return { max_hz: this.maxHz, background: this.background };
  }
}
