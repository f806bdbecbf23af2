/** The feeds in words: how they are, what is asked before they are changed, and what came of it. */

import { durationField, reasonField } from "../kit/answers.js";
import { clockText } from "../kit/moments.js";
import { countOf } from "../kit/outcomes.js";
import { UNKNOWN, ageText } from "../kit/words.js";
import { msText } from "./figure-words.js";

/** @typedef {import("../kit/answers.js").Question} Question */

/**
 * A row of `tapecast.admin.feeds.list`.
 *
 * @typedef {object} Feed
 * @property {string} venue
 * @property {string} feed
 * @property {"up" | "degraded" | "down"} state
 * @property {string} reason
 * @property {number | null} age_ms
 * @property {number | null} clock_offset_ms
 * @property {number | null} instruments
 * @property {string | null} preferred_until
 * @property {boolean} is_adjustable
 */

const LONGEST_PREFERENCE_S = 86_400;
const MOST_NAMED = 12;

/** When it last said something. */
export function lastMessageText(ageMs) {
  return ageMs === null ? "nothing yet" : ageMs < 1000 ? "less than 1 s ago" : `${ageText(ageMs)} ago`;
}

/** How the venue's clock is to ours. */
export function offsetText(offsetMs) {
  if (offsetMs === null) {
    return UNKNOWN;
  }
  const size = msText(Math.abs(offsetMs));
  return offsetMs === 0 ? "none" : offsetMs > 0 ? `ours is ${size} ahead` : `ours is ${size} behind`;
}

/** How many instruments are followed. */
export function followedText(count) {
  return count === null ? "all that it has" : count.toLocaleString("en");
}

/**
 * What is asked before prices are taken from a feed before all others.
 *
 * @param {Feed} feed
 * @returns {Question}
 */
export function preferQuestion({ venue }) {
  return {
    title: "Prefer a feed",
    object: `Feed ${venue}`,
    consequence: "The one price of every instrument that it has is taken from it before all others, for a while.",
    confirm: `Prefer ${venue}`,
    fields: [durationField({ value: "15 min", longestS: LONGEST_PREFERENCE_S, canBeForEver: false }), reasonField()],
  };
}

/** What is asked before a preference ends. @returns {Question} */
export function endPreferenceQuestion({ venue }) {
  return {
    title: "End a preference",
    object: `Feed ${venue}`,
    consequence: "Prices are taken from the first source again that has one.",
    confirm: "End the preference",
    fields: [reasonField()],
  };
}

/** What is asked before a feed follows more instruments. @returns {Question} */
export function addQuestion({ venue }) {
  return {
    title: "Follow more instruments",
    object: `Feed ${venue}`,
    confirm: "Follow them",
    fields: [instrumentsField("Such as ADAUSDT, XRPUSDT; as the venue calls them."), reasonField()],
  };
}

/**
 * What is asked before a feed follows instruments no longer.
 *
 * @param {Feed} feed
 * @param {string[]} followed Those that can be named.
 * @returns {Question}
 */
export function removeQuestion({ venue }, followed) {
  return {
    title: "Follow instruments no longer",
    object: `Feed ${venue}`,
    consequence: "Nothing more of them is published from it, and what is known of them is forgotten.",
    confirm: "Follow no longer",
    isDestructive: true,
    fields: [{ ...instrumentsField("Several with commas between them."), suggestions: followed }, reasonField()],
  };
}

function instrumentsField(hint) {
  return {
    name: "instruments",
    label: "Instruments",
    hint,
    read: namesOf,
    check: (names) => (names.length === 0 ? "At least one is needed." : null),
  };
}

/** Names as they are typed, with commas or blanks between them; each once. */
function namesOf(text) {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}

/** What a preference came to. */
export function preferredText({ venue, until, taken, instruments }) {
  if (until === null) {
    return `${venue} is not preferred any more.`;
  }
  return `${venue} is preferred until ${clockText(until)} UTC: ${taken} of ${countOf(instruments, "price")} come from it already.`;
}

/** What an addition came to. */
export function addedText({ venue, added, instruments, kept }) {
  const what = added.length === 0 ? "follows them already" : `follows ${namesText(added)} now`;
  return `${venue} ${what}, ${countOf(instruments, "instrument")} in all.${keptText(kept)}`;
}

/** What a removal came to. */
export function removedText({ venue, removed, instruments, kept }) {
  const what = removed.length === 0 ? "did not follow any of them" : `does not follow ${namesText(removed)} any more`;
  return `${venue} ${what}; ${countOf(instruments, "instrument")} ${instruments === 1 ? "is" : "are"} left.${keptText(kept)}`;
}

function namesText(names) {
  const more = names.length - MOST_NAMED;
  return more > 0 ? `${names.slice(0, MOST_NAMED).join(", ")} and ${more} more` : names.join(", ");
}

function keptText(isKept) {
  return isKept ? "" : " It could not be written down: a new start of the market follows what it did before.";
}
