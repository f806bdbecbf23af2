/** What an operator may do about a session, its user, its address and its token: what is asked first, and what came of it. */

import { durationField, durationText, reasonField } from "../kit/answers.js";
import { countOf } from "../kit/outcomes.js";

/** @typedef {import("../kit/answers.js").Question} Question */
/** @typedef {import("./sessions.js").Session} Session */

/**
 * Something that an operator may do.
 *
 * @typedef {object} Action
 * @property {string} label On its button.
 * @property {string} procedure
 * @property {Record<string, unknown>} subject The arguments that say to whom.
 * @property {Question} question As it is before anybody has counted whom it concerns.
 * @property {(sessions: Session[]) => Session[]} concerned Those of all sessions that it ends; none where that is not so.
 * @property {{address: string} | null} asked What the gateway alone can tell whom it concerns: a network.
 * @property {boolean} sparesOwn Whether the operator's own session is left out.
 * @property {string} doing
 * @property {(answer: any) => string} done
 */

const PREFIX = "tapecast.admin";
const LOCAL = "the gateway’s own machine";

/** A session in full: `Session 123 of alice from 203.0.113.5`. */
export function sessionName({ session, user_id: user, address }) {
  return `Session ${session} of ${user} from ${address ?? LOCAL}`;
}

/** An address as people write it, of a network of this one address: `203.0.113.5` of `203.0.113.5/32`. */
export function addressName(network) {
  return network.replace(network.includes(":") ? /\/128$/ : /\/32$/, "");
}

/**
 * What can be done about a session.
 *
 * @param {Session} session
 * @param {string | null} ownKey The key of the operator's own token.
 * @returns {Action[]}
 */
export function actionsOf(session, ownKey) {
  const { user_id: user, address, token_id: token, key_id: key } = session;
  const ofAddress = address === null ? [] : [disconnectAddress(address), blockAddress(address)];
  return [
    disconnectSession(session),
    disconnectUser(user),
    ...ofAddress,
    ...(token === null ? [] : [revoke("token_id", token, ownKey, user)]),
    ...(key === null ? [] : [revoke("user_id", user, ownKey), revoke("key_id", key, ownKey)]),
  ];
}

/** @param {Session} session */
function disconnectSession(session) {
  return disconnect({
    label: "Disconnect this session",
    subject: { session: session.session },
    title: "Disconnect a session",
    object: sessionName(session),
    doing: `Disconnecting session ${session.session}`,
    concerned: (sessions) => sessions.filter((one) => one.session === session.session),
  });
}

/** @param {string} user */
export function disconnectUser(user) {
  return disconnect({
    label: `Disconnect all of ${user}`,
    subject: { user_id: user },
    title: "Disconnect a user",
    object: `Every session of ${user}`,
    doing: `Disconnecting ${user}`,
    concerned: (sessions) => sessions.filter((one) => one.user_id === user),
  });
}

/** @param {string} address */
export function disconnectAddress(address) {
  return disconnect({
    label: `Disconnect all from ${address}`,
    subject: { address },
    title: "Disconnect an address",
    object: `Every session from ${address}`,
    doing: `Disconnecting ${address}`,
    concerned: (sessions) => sessions.filter((one) => one.address === address),
    asked: { address },
    sparesOwn: true,
  });
}

function disconnect({ title, object, ...action }) {
  return {
    procedure: `${PREFIX}.sessions.disconnect`,
    asked: null,
    sparesOwn: false,
    question: {
      title,
      object,
      consequence: "Whoever has a good token may come back; to keep somebody out, revoke or block.",
      confirm: "Disconnect",
      isDestructive: true,
      fields: [reasonField()],
    },
    done: (answer) => `Disconnected ${endedText(answer)}`,
    ...action,
  };
}

/**
 * Let nobody connect from an address or a network.
 *
 * @param {string} address
 * @returns {Action}
 */
export function blockAddress(address) {
  return {
    label: `Block ${address}`,
    procedure: `${PREFIX}.addresses.block`,
    subject: { address },
    question: {
      title: "Block an address",
      object: `Everybody from ${address}`,
      consequence: "Who is connected from there is disconnected, and nobody is let in from there until it ends.",
      confirm: "Block",
      isDestructive: true,
      fields: [durationField(), reasonField()],
    },
    concerned: (sessions) => sessions.filter((one) => one.address === address),
    asked: { address },
    sparesOwn: false,
    doing: `Blocking ${address}`,
    done: (answer) => `Blocked ${addressName(answer.address)}; it ended ${endedText(answer)}`,
  };
}

/**
 * Let tokens let nobody in any more.
 *
 * @param {"token_id" | "user_id" | "key_id"} kind
 * @param {string} name
 * @param {string | null} ownKey
 * @param {string | null} [user] Whose token it is, where that is known.
 * @returns {Action}
 */
export function revoke(kind, name, ownKey, user = null) {
  const { noun, object, consequence } = REVOCABLE[kind](name, user);
  const isOwnKey = kind === "key_id" && name === ownKey;
  return {
    label: `Revoke ${noun}`,
    procedure: `${PREFIX}.tokens.revoke`,
    subject: { [kind]: name },
    question: {
      title: `Revoke ${noun}`,
      object,
      consequence,
      confirm: "Revoke",
      isDestructive: true,
      fields: [reasonField(), ...(isOwnKey ? [confirmField(name)] : [])],
    },
    concerned: (sessions) => sessions.filter((one) => one[kind] === name && one.key_id !== null),
    asked: null,
    sparesOwn: false,
    doing: `Revoking ${noun}`,
    done: (answer) => `Revoked ${noun}; it ended ${endedText(answer)}`,
  };
}

const REVOCABLE = {
  token_id: (name, user) => ({
    noun: "this token",
    object: `Token ${name}${user === null ? "" : ` of ${user}`}`,
    consequence: "It lets nobody in any more, and who is connected by it is disconnected.",
  }),
  user_id: (name) => ({
    noun: `all tokens of ${name}`,
    object: `Every token of ${name} issued until now`,
    consequence: "They let nobody in any more, and who is connected by one is disconnected. A token issued later is good.",
  }),
  key_id: (name) => ({
    noun: `the key ${name}`,
    object: `Every token signed by the key ${name}`,
    consequence: "None of them lets anybody in any more, and whoever is connected by one is disconnected.",
  }),
};

function confirmField(name) {
  return {
    name: "confirm",
    label: "The key’s name once more",
    hint: "It is the key of your own token: you are signed out, too.",
    check: (said) => (said === name ? null : `Expected ${name}.`),
  };
}

/**
 * Let people connect from an address again.
 *
 * @param {string} address As the list of blocks has it.
 * @returns {Action}
 */
export function unblock(address) {
  const name = addressName(address);
  return takeBack({
    label: "Unblock",
    procedure: `${PREFIX}.addresses.unblock`,
    subject: { address },
    title: "Unblock an address",
    object: `Everybody from ${name}`,
    consequence: "They are let in again.",
    doing: `Unblocking ${name}`,
    done: () => `Unblocked ${name}.`,
  });
}

/**
 * Take a revocation back.
 *
 * @param {{token_id: string | null, user_id: string | null, key_id: string | null}} revocation
 * @returns {Action}
 */
export function restore(revocation) {
  const kind = Object.keys(REVOCABLE).find((one) => revocation[one] !== null);
  const { noun, object } = REVOCABLE[kind](revocation[kind], null);
  const name = kind === "token_id" ? `the token ${revocation.token_id}` : noun;
  return takeBack({
    label: "Restore",
    procedure: `${PREFIX}.tokens.restore`,
    subject: { [kind]: revocation[kind] },
    title: "Take a revocation back",
    object,
    consequence: "They are as good as they would have been.",
    doing: `Restoring ${name}`,
    done: () => `Restored ${name}.`,
  });
}

function takeBack({ title, object, consequence, ...action }) {
  return {
    asked: null,
    sparesOwn: false,
    concerned: () => [],
    question: { title, object, consequence, confirm: action.label, isDestructive: false, fields: [reasonField()] },
    ...action,
  };
}

/**
 * What is asked, once it is known whom it concerns.
 *
 * @param {Action} action
 * @param {Session[]} concerned
 * @param {number | null} ownSession
 * @returns {Question}
 */
export function questionOf({ question, sparesOwn }, concerned, ownSession) {
  if (!question.isDestructive) {
    return question;
  }
  const isOwn = concerned.some((one) => one.session === ownSession);
  const count = concerned.length - (isOwn && sparesOwn ? 1 : 0);
  const ends = count === 0 ? "It ends nobody’s session now." : `It ends ${countOf(count, "session")} now${ownText(isOwn, sparesOwn)}`;
  return { ...question, consequence: `${ends} ${question.consequence}` };
}

function ownText(isOwn, isSpared) {
  if (!isOwn) {
    return ".";
  }
  return isSpared ? "; yours is from there, too, and is left out." : ", and yours is one of them: you are disconnected, too.";
}

function endedText({ count, own }) {
  return `${count === 0 ? "nobody’s session" : countOf(count, "session")}${own ? ", yours among them" : ""}.`;
}

/**
 * Who holds what is blocked or revoked, and until when.
 *
 * @param {{by: string, reason: string, expires_at: string | null}} one
 * @param {number} nowMs
 */
export function remainingText({ expires_at: end }, nowMs) {
  if (end === null) {
    return durationText(null);
  }
  const seconds = Math.max(0, Math.ceil((Date.parse(end) - nowMs) / 1000));
  const unit = [86_400, 3_600, 60].find((size) => seconds >= size) ?? 1;
  return `${durationText(Math.floor(seconds / unit) * unit)} more`;
}

/** What a revocation is of: `token 5f…`, `user alice`, `key k1`. */
export function revokedName({ token_id: token, user_id: user, key_id: key }) {
  return token !== null ? `token ${token}` : user !== null ? `user ${user}` : `key ${key}`;
}
