/** Maintenance and the log's level: what holds, whom it concerns, and what is asked first. */

import { durationField, reasonField } from "../kit/answers.js";
import { momentText } from "../kit/moments.js";
import { countOf } from "../kit/outcomes.js";

/** @typedef {import("../kit/answers.js").Question} Question */

const ALWAYS = "admin";
const LONGEST_MESSAGE = 256;
const LONGEST_LEVEL_S = 86_400;

/**
 * How it is, in one sentence.
 *
 * @param {{active: boolean, roles: string[], refuse: string[], since: string, by: string, reason: string}} state
 * @param {number} nowMs
 */
export function stateText({ active, roles, refuse, since, by, reason }, nowMs) {
  if (!active) {
    return "There is none: whoever may come in comes in.";
  }
  const admitted = roles.filter((role) => role !== ALWAYS);
  const who = admitted.length === 0 ? "operators alone are" : `only operators and ${admitted.join(", ")} are`;
  const refused = refuse.length === 0 ? "" : `, and requests of ${refuse.join(", ")} are refused`;
  return `Since ${momentText(since, nowMs)} UTC ${who} let in${refused}. Begun by ${by}: ${reason}`;
}

/**
 * Whose sessions would end, from how many there are by role.
 *
 * @param {Record<string, number>} sessions
 * @param {string[]} roles Who may stay.
 */
export function endedText(sessions, roles) {
  const ended = Object.entries(sessions).filter(([role, count]) => role !== ALWAYS && !roles.includes(role) && count > 0);
  if (ended.length === 0) {
    return "It ends nobody’s session now.";
  }
  const total = ended.reduce((sum, [, count]) => sum + count, 0);
  const kinds = ended.map(([role, count]) => `${count.toLocaleString("en")} ${role}`).join(", ");
  return `It ends ${countOf(total, "session")} at once: ${kinds}.`;
}

/**
 * What is asked before it begins.
 *
 * @param {{roles: string[], refuse: string[]}} choice
 * @param {Record<string, number> | null} sessions How many there are by role; null where the gateway does not tell.
 * @returns {Question}
 */
export function beginQuestion({ roles, refuse }, sessions) {
  const staying = roles.length === 0 ? "operators alone" : `operators and ${roles.join(", ")}`;
  const refused = refuse.length === 0 ? "" : `; requests of ${refuse.join(", ")} are refused`;
  return {
    title: "Begin maintenance",
    object: `The whole gateway: ${staying} may stay connected${refused}`,
    consequence: sessions === null ? "How many sessions it ends is not known now." : endedText(sessions, roles),
    confirm: "Begin maintenance",
    isDestructive: true,
    fields: [
      { name: "message", label: "Message to those who are turned away", longest: LONGEST_MESSAGE },
      reasonField(),
    ],
  };
}

/** What is asked before it ends. @returns {Question} */
export function endQuestion() {
  return {
    title: "End maintenance",
    object: "The whole gateway",
    consequence: "Everybody may come in again, and nothing is refused for it.",
    confirm: "End maintenance",
    fields: [reasonField()],
  };
}

/** What its beginning came to. @param {{count: number}} answer */
export function begunText({ count }) {
  return `Maintenance has begun; ${count === 0 ? "nobody’s session" : countOf(count, "session")} ended for it.`;
}

/** What its end came to. @param {{ended: boolean}} answer */
export function endedMaintenanceText({ ended }) {
  return ended ? "Maintenance has ended: everybody may come in again." : "There was none.";
}

/** What is asked before processes write more, or less. @returns {Question} */
export function levelQuestion(level) {
  return {
    title: "Change the log’s level",
    object: `Every process of the gateway writes from ${level} on`,
    consequence: "After that time it is as the settings say.",
    confirm: "Change the level",
    fields: [durationField({ value: "15 min", longestS: LONGEST_LEVEL_S, canBeForEver: false }), reasonField()],
  };
}

/** What that came to. */
export function levelText({ level, until, processes, away }, nowMs) {
  const missed = away.length === 0 ? "" : ` Away, and not told: ${away.join(", ")}.`;
  return `${processes.join(", ")} write from ${level} on, until ${momentText(until, nowMs)} UTC.${missed}`;
}
