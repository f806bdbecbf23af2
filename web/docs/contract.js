/** The gateway's two documents, the contract and the OpenAPI, as entries of a page: named, grouped, found. */

/** @typedef {{any_of: string[], own: string[]}} Access Roles that may for everyone, and those that may for themselves. */

/**
 * One entry of the page: a topic family, a procedure or a path.
 *
 * @typedef {object} Entry
 * @property {string} id By which an address leads to it.
 * @property {"topic" | "procedure" | "path"} kind
 * @property {string} title
 * @property {string} content What it is, with code between backticks.
 * @property {Access | null} access Null where it is not for roles to say.
 * @property {string} accessText
 * @property {object} told What the document says of it.
 */

const GROUPS = {
  stream: "Streams",
  market: "Market",
  session: "The session",
  orders: "Orders",
  account: "Account",
  risk: "Risk",
  bots: "Bots",
  intake: "Intake",
  admin: "Operation",
};
const READING = /^(get|list|ping|info|requests)/;
const READING_TOO = ["tapecast.stream.resume", "tapecast.session.pace"];

const OWN = "that user";
const idOf = (words) => words.replaceAll(/[.{}/]+/g, "-");

/** @returns {Entry[]} */
export function topicEntries({ topics }) {
  return topics.map((told) => ({
    id: `topic-${idOf(told.name)}`,
    kind: "topic",
    title: told.pattern,
    content: told.content,
    access: told.readers,
    accessText: accessText(told.readers),
    told,
  }));
}

/** @returns {{name: string, title: string, entries: Entry[]}[]} Groups in the contract's order. */
export function procedureGroups({ procedures }) {
  const groups = new Map();
  for (const told of procedures) {
    const [, name] = told.uri.split(".");
    groups.set(name, [...(groups.get(name) ?? []), procedureEntry(told)]);
  }
  return [...groups].map(([name, entries]) => ({ name, title: GROUPS[name] ?? name, entries }));
}

function procedureEntry(told) {
  return {
    id: `procedure-${idOf(told.uri.replace(/^tapecast\./, ""))}`,
    kind: "procedure",
    title: told.uri,
    content: told.content,
    access: told.callers,
    accessText: accessText(told.callers),
    told,
  };
}

/** @returns {Entry[]} */
export function pathEntries({ paths }) {
  return Object.entries(paths).map(([path, { get }]) => ({
    id: `path-${get.operationId}`,
    kind: "path",
    title: path,
    content: get.summary,
    access: null,
    accessText: get.security.length > 0 ? "everyone, where the gateway is public; else with a token" : "everyone",
    told: get,
  }));
}

/**
 * Who may, in words.
 *
 * @param {Access} access
 */
export function accessText({ any_of: anyOf, own }) {
  if (anyOf.includes("public")) {
    return anyOf.includes("service") ? "everyone, services too" : "everyone";
  }
  const others = anyOf.join(", ");
  if (own.length === 0) {
    return others;
  }
  const self = own.length === 1 ? `${own[0]}, own account` : OWN;
  return others ? `${self}; ${others}` : self;
}

/**
 * Whether a role may, be it for itself alone.
 *
 * @param {Access | null} access
 * @param {string | null} role
 */
export function mayUse(access, role) {
  return access === null || access.any_of.includes(role) || access.own.includes(role);
}

/**
 * Whether a call only tells, and changes nothing but what this connection gets.
 *
 * @param {string} uri
 */
export function isReading(uri) {
  return READING.test(uri.split(".").at(-1)) || READING_TOO.includes(uri);
}

/**
 * What the part of an address behind `#` names; nothing where it is no text.
 *
 * @param {string} hash
 */
export function namedBy(hash) {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return "";
  }
}

/**
 * Whether a text has every word of a search in it.
 *
 * @param {string} text
 * @param {string} search
 */
export function isFound(text, search) {
  const lower = text.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => lower.includes(word));
}

/**
 * How many entries a search has found; nothing without one.
 *
 * @param {number} found
 * @param {number} known
 * @param {string} search
 */
export function foundText(found, known, search) {
  if (search.trim() === "") {
    return "";
  }
  return found === 0 ? "Nothing found" : `${found} of ${known} entries`;
}

/**
 * A text in pieces, those between backticks being code.
 *
 * @param {string} text
 * @returns {{text: string, isCode: boolean}[]}
 */
export function piecesOf(text) {
  return text
    .split("`")
    .map((piece, place) => ({ text: piece, isCode: place % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}
