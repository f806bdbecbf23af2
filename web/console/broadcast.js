/** What an operator tells many at once: the message, its audience, and what is asked before it goes. */

import { countOf } from "../kit/outcomes.js";

/** @typedef {import("../kit/answers.js").Question} Question */

/**
 * What stands in the form.
 *
 * @typedef {object} Draft
 * @property {string} message
 * @property {string} type
 * @property {string} severity
 * @property {"everyone" | "topic_family" | "role" | "user_id"} audience
 * @property {string} topic_family
 * @property {string} role
 * @property {string} user_id
 */

/** The topics that one can speak of, as the gateway names them: the words that do not vary. */
export const FAMILIES = [
  "price",
  "status",
  "quote",
  "ticker",
  "candles",
  "trades",
  "book",
  "signals",
  "auctions",
  ...["orders", "fills", "positions", "wallet", "alerts", "session", "portfolio", "margin", "bots", "risk"].map(
    (name) => `user.${name}`,
  ),
  "risk.alerts",
  "system.announcements",
  "system.heartbeat",
  "system.status",
  ...["trader", "risk", "issuer", "admin"].map((role) => `role.${role}.announcements`),
];

const LONGEST = 1_000;
const ROLES = { trader: "every trader", risk: "everyone of risk", issuer: "every issuer", admin: "every operator" };

/** What is wrong with a draft, by field; nothing where it can go. @param {Draft} draft */
export function faultsOf({ message, audience, user_id: user }) {
  const faults = {};
  const { length } = message.trim();
  if (length === 0) {
    faults.message = "What is to be told?";
  } else if (length > LONGEST) {
    faults.message = `At most ${wholeText(LONGEST)} characters can be told; these are ${wholeText(length)}.`;
  } else if (/\p{Cc}/u.test(message.trim())) {
    faults.message = "It has to be one line.";
  }
  if (audience === "user_id" && user.trim() === "") {
    faults.user_id = "Whom?";
  }
  return faults;
}

/** The arguments of `tapecast.admin.broadcast`. @param {Draft} draft */
export function argumentsOf(draft) {
  const { message, type, severity, audience } = draft;
  const target = audience === "everyone" ? {} : { [audience]: draft[audience].trim() };
  return { message: message.trim(), type, severity, ...target };
}

/** Whom it is told, in words. @param {Draft} draft */
export function audienceText({ audience, topic_family: family, role, user_id: user }) {
  const texts = {
    everyone: "everyone",
    topic_family: `everyone, as news of the topics ${family}`,
    role: ROLES[role],
    user_id: `the user ${user.trim()}`,
  };
  return texts[audience];
}

/** How many characters are left. */
export function roomText(message) {
  const left = LONGEST - message.trim().length;
  return left >= 0 ? `${wholeText(left)} characters left` : `${wholeText(-left)} characters too many`;
}

/** What is asked before it goes. @returns {Question} */
export function broadcastQuestion(draft) {
  return {
    title: `Tell ${audienceText(draft)}`,
    object: draft.message.trim(),
    consequence: "Who has a page of this gateway open reads it at once. It cannot be taken back.",
    confirm: "Tell them",
  };
}

/** What it came to. @param {{topic: string, subscribers: number}} answer */
export function toldText({ topic, subscribers }) {
  const heard = subscribers === 0 ? "nobody follows it now" : `${countOf(subscribers, "session")} followed it`;
  return `Told on ${topic}: ${heard}.`;
}

function wholeText(count) {
  return count.toLocaleString("en");
}
