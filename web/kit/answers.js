/** What a question asks for besides yes or no: its fields, their values, and what is wrong with an answer. */

/**
 * One field of a question.
 *
 * @typedef {object} Field
 * @property {string} name What its value is called in the answer.
 * @property {string} label
 * @property {"text" | "select"} [kind] A line of text, unless it is a choice of `options`.
 * @property {string} [value] What stands in it at first.
 * @property {string} [hint] What it is for, or how it is written.
 * @property {string[]} [suggestions] What is often written in it.
 * @property {{value: string, label: string}[]} [options]
 * @property {boolean} [isOptional] Nothing is an answer too; its value is null.
 * @property {number} [longest] So many characters at most.
 * @property {(text: string) => unknown} [read] The value of a text; the text itself unless said.
 * @property {(value: any) => string | null} [check] What is wrong with a value, in words.
 */

/**
 * What is asked.
 *
 * @typedef {object} Question
 * @property {string} title What is to be done: `Disconnect a session`.
 * @property {string} object To what, in full: `Session 123 of alice from 203.0.113.5`.
 * @property {string} [consequence] What comes of it.
 * @property {string} confirm The word on the button that does it.
 * @property {boolean} [isDestructive] Whether something goes that does not come back by itself; the focus waits on Cancel then.
 * @property {Field[]} [fields]
 */

const LONGEST_TEXT = 256;
const UNITS_S = { s: 1, m: 60, h: 3_600, d: 86_400 };
const DURATION = /^(\d{1,9})\s*(?:(s|m|h|d)|(s)ecs?|(s)econds?|(m)ins?|(m)inutes?|(h)ours?|(d)ays?)$/;
const FOR_EVER = "for ever";
const LONGEST_S = 10 * 365 * 86_400;

/** Why an operator does something: the gateway writes it down. @returns {Field} */
export function reasonField() {
  return { name: "reason", label: "Reason", hint: "It is written down in the audit trail.", longest: LONGEST_TEXT };
}

/** What else there is to say. @returns {Field} */
export function noteField() {
  return { name: "note", label: "Note", isOptional: true, longest: LONGEST_TEXT };
}

/**
 * How long something holds; its value is in seconds, null for ever.
 *
 * @param {{label?: string, value?: string, longestS?: number, canBeForEver?: boolean}} [choices]
 * @returns {Field}
 */
export function durationField({ label = "For how long", value = "1 h", longestS = LONGEST_S, canBeForEver = true } = {}) {
  const last = canBeForEver ? [FOR_EVER] : [];
  const suggestions = ["15 min", "1 h", "1 day", "7 days", "30 days"].filter((one) => durationSeconds(one) <= longestS);
  return {
    name: "duration_s",
    label,
    value,
    hint: `Such as 90 s, 15 min, 2 h${longestS < 86_400 ? "" : ", 7 days"}${canBeForEver ? `, or ${FOR_EVER}` : ""}.`,
    suggestions: [...suggestions, ...last],
    longest: LONGEST_TEXT,
    read: durationSeconds,
    check: (seconds) => durationFault(seconds, longestS, canBeForEver),
  };
}

/**
 * Seconds of `90 s`, `15 min`, `2 hours` or `7 d`; null of `for ever`, NaN of anything else.
 *
 * @param {string} text
 * @returns {number | null}
 */
export function durationSeconds(text) {
  const plain = text.trim().toLowerCase();
  if (/^for ?ever$/.test(plain)) {
    return null;
  }
  const [, count, ...units] = DURATION.exec(plain) ?? [];
  return Number(count) * UNITS_S[units.find(Boolean)];
}

function durationFault(seconds, longestS, canBeForEver) {
  if (Number.isNaN(seconds)) {
    return "A number and a unit are expected, such as 15 min or 2 h.";
  }
  if (seconds === null) {
    return canBeForEver ? null : "It has to end some time.";
  }
  return seconds >= 1 && seconds <= longestS ? null : `Between 1 s and ${durationText(longestS)} is possible.`;
}

/** A number of seconds in its largest whole unit: `15 min`, `2 h`, `30 days`; null is for ever. */
export function durationText(seconds) {
  if (seconds === null) {
    return FOR_EVER;
  }
  const isWhole = ([, size]) => seconds >= size && seconds % size === 0;
  const [name, unit] = [["day", 86_400], ["h", 3_600], ["min", 60]].find(isWhole) ?? ["s", 1];
  const count = seconds / unit;
  return `${count} ${name}${name === "day" && count !== 1 ? "s" : ""}`;
}

/**
 * The values of what somebody has filled in, and what is wrong with it: nothing, where `faults` is empty.
 *
 * @param {Field[]} fields
 * @param {Record<string, string>} texts
 * @returns {{values: Record<string, unknown>, faults: Record<string, string>}}
 */
export function readAnswers(fields, texts) {
  const values = {};
  const faults = {};
  for (const field of fields) {
    const text = texts[field.name].trim();
    values[field.name] = text === "" ? null : (field.read ?? String)(text);
    const fault = faultOf(field, text, values[field.name]);
    if (fault) {
      faults[field.name] = fault;
    }
  }
  return { values, faults };
}

function faultOf({ label, isOptional, longest, check }, text, value) {
  if (text === "") {
    return isOptional ? null : `${label}: this is needed.`;
  }
  if (text.length > (longest ?? Infinity)) {
    return `At most ${longest} characters fit; these are ${text.length}.`;
  }
  return check?.(value) ?? null;
}
