/** What stands below each chart: the figures of now, one by one. */

import { memoryText, msText, percentText, rateText, spanText, wholeText } from "./figure-words.js";

/**
 * A table; the first column names, the others tell.
 *
 * @typedef {object} Table
 * @property {string[]} columns
 * @property {string[][]} rows
 */

const ENDERS = { peer: "closed by the client", lost: "broken, or no answer to a ping" };

const counterRow = (name, { per_second: rate, total }) => [name, rateText(rate), wholeText(total)];

/** By chart, what is made of the figures: @type {Record<string, (figures: object) => Table>} */
export const TABLES = {
  connections: ({ sessions, subscriptions }) => ({
    columns: ["What", "Now"],
    rows: [
      ...Object.entries(sessions).map(([role, count]) => [`sessions: ${role}`, wholeText(count)]),
      ...Object.entries(subscriptions).map(([family, count]) => [`subscriptions: ${family}`, wholeText(count)]),
    ],
  }),
  messages: ({ messages }) => ({
    columns: ["Message", "A second", "Total"],
    rows: ["sent", "received"].flatMap((way) =>
      Object.entries(messages[way]).map(([type, counter]) => counterRow(`${way}: ${type}`, counter)),
    ),
  }),
  lag: ({ delivery }) => ({
    columns: ["Topics", "p50", "p95", "p99", "Deliveries in 5 s"],
    rows: [["all", delivery.all], ...Object.entries(delivery.families)].map(([family, told]) => [
      family,
      ...[told.p50_ms, told.p95_ms, told.p99_ms].map(msText),
      wholeText(told.count),
    ]),
  }),
  thinned: ({ thinned }) => ({
    columns: ["Class and fate", "A second", "Total"],
    rows: Object.entries(thinned).map(([name, counter]) => counterRow(name.replace(".", ", "), counter)),
  }),
  waiting: ({ waiting }) => ({
    columns: ["Lane", "Messages"],
    rows: Object.entries(waiting).map(([lane, count]) => [lane, wholeText(count)]),
  }),
  refused: ({ refusals, joins }) => ({
    columns: ["What", "A second", "Total"],
    rows: [
      ...Object.entries(refusals).map(([limit, counter]) => counterRow(`request: ${limit}`, counter)),
      ...Object.entries(joins.refused).map(([code, total]) => [`join: ${code}`, "", wholeText(total)]),
    ],
  }),
  ended: ({ closes }) => ({
    columns: ["Reason", "A second", "Total"],
    rows: Object.entries(closes).map(([reason, counter]) => counterRow(ENDERS[reason] ?? reason, counter)),
  }),
  cpu: ({ processes }) => ({
    columns: ["Process", "CPU", "Up for", "Restarts"],
    rows: processes.map((one) => [
      `${one.process} (${one.pid})`,
      percentText(one.cpu_percent),
      spanText(one.uptime_s),
      wholeText(one.restarts),
    ]),
  }),
  memory: ({ processes }) => ({
    columns: ["Process", "Memory"],
    rows: processes.map((one) => [`${one.process} (${one.pid})`, memoryText(one.memory_bytes)]),
  }),
};
