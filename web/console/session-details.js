/** All that is known of one session, in words. */

import { bytesText, waitingText } from "../kit/connection-figures.js";
import { momentText } from "../kit/moments.js";
import { UNKNOWN } from "../kit/words.js";
import { msText, rateText, spanText, wholeText } from "./figure-words.js";

/**
 * The rows of a session's description, by what they are about.
 *
 * @param {import("./sessions.js").Session & Record<string, any>} session As `admin.sessions.get` tells it.
 * @param {number} nowMs
 * @returns {{title: string, rows: [string, string][]}[]}
 */
export function detailsOf(session, nowMs) {
  const { device, limits } = session;
  const groups = [
    { title: "Session", rows: whoRows(session, nowMs) },
    { title: "Connection", rows: connectionRows(session) },
    { title: "Device", rows: Object.entries(device ?? {}).map(([name, value]) => [wordsOf(name), shown(value)]) },
    { title: "Limits", rows: Object.entries(limits ?? {}).map(([name, value]) => [wordsOf(name), limitText(value)]) },
  ];
  return groups.filter(({ rows }) => rows.length > 0);
}

function whoRows(session, nowMs) {
  const { user_id: user, role, address, since, serializer, token_id: token, key_id: key, expires_at: end } = session;
  return [
    ["User", user],
    ["Role", role],
    ["Address", address ?? UNKNOWN],
    ["Connected", `${spanText((nowMs - Date.parse(since)) / 1000)}, since ${momentText(since, nowMs)} UTC`],
    ["Serializer", serializer ?? UNKNOWN],
    ["Token", token ?? UNKNOWN],
    ["Key", key ?? UNKNOWN],
    ["Token ends", end ? `${momentText(end, nowMs)} UTC` : UNKNOWN],
  ];
}

function connectionRows({ connection, sent_messages_per_s: messages, sent_bytes_per_s: bytes }) {
  if (!connection) {
    return [];
  }
  const { lag_ms: lag, conflated, dropped, max_hz: maxHz, background } = connection;
  return [
    ["Lag", msText(lag)],
    ["Waiting", waitingText(connection)],
    ["Conflated", wholeText(conflated)],
    ["Dropped", wholeText(dropped)],
    ["Sent", `${wholeText(connection.sent_messages)} messages, ${bytesText(connection.sent_bytes)}`],
    ["On average", `${rateText(messages)} messages, ${bytesText(bytes)} a second`],
    ["Pace", paceText(maxHz, background)],
  ];
}

function paceText(maxHz, isBackground) {
  const pace = maxHz === null ? "as it comes" : `${maxHz} a second and topic`;
  return isBackground ? `${pace}, in the background` : pace;
}

/** A limit: a number of things, points in a time and how long one is out then, or so many at once and a minute. */
function limitText(value) {
  if (value === null) {
    return "not limited";
  }
  const { points, duration_ms: durationMs, block_ms: blockMs, burst, per_minute: perMinute } = value;
  if (points !== undefined) {
    return `${wholeText(points)} in ${msText(durationMs)}, then none for ${msText(blockMs)}`;
  }
  return burst === undefined ? shown(value) : `${wholeText(burst)} at once, ${wholeText(perMinute)} a minute`;
}

function shown(value) {
  return typeof value === "number" ? wholeText(value) : String(value ?? UNKNOWN);
}

function wordsOf(name) {
  const words = name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}
