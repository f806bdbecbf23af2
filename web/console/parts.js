/** How the parts of the node are, in words. */

import { countOf } from "../kit/outcomes.js";

/** @typedef {{name: string, state: "up" | "degraded" | "down", reason: string}} Part */

/** The tone of each state, the worst first. */
export const TONES = { down: "bad", degraded: "warn", up: "good" };

const NAMES = { keys: "Keys of tokens", users: "User directory" };
const WORST_FIRST = Object.keys(TONES);

/** What a part is called: `feed:sim` is `Feed sim`. */
export function partName(name) {
  const [kind, of] = name.split(":");
  const word = NAMES[kind] ?? kind[0].toUpperCase() + kind.slice(1);
  return of === undefined ? word : `${word} ${kind === "journal" ? "of " : ""}${of}`;
}

/** The parts, the worst first, otherwise as the gateway lists them. @param {Part[]} parts */
export function worstFirst(parts) {
  return parts.toSorted((left, right) => WORST_FIRST.indexOf(left.state) - WORST_FIRST.indexOf(right.state));
}

/**
 * All of them in one sentence, with its tone.
 *
 * @param {Part[]} parts
 */
export function summaryOf(parts) {
  const counts = WORST_FIRST.map((state) => [state, parts.filter((part) => part.state === state).length]);
  const wrong = counts.filter(([state, count]) => state !== "up" && count > 0);
  if (wrong.length === 0) {
    return { text: parts.length === 1 ? "The one part is up" : `All ${parts.length} parts are up`, tone: "good" };
  }
  const told = wrong.map(([state, count]) => `${count} ${state}`).join(", ");
  return { text: `Of ${countOf(parts.length, "part")}, ${told}`, tone: TONES[wrong[0][0]] };
}
