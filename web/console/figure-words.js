/** Figures of the node in a reader's units. */

import { UNKNOWN } from "../kit/words.js";

const BYTES_PER_MIB = 1024 * 1024;
const UNITS_S = [
  ["day", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
];

/** A whole number, its thousands grouped; what is not known is said so. */
export function wholeText(count) {
  return count === null ? UNKNOWN : Math.round(count).toLocaleString("en");
}

/** A whole number as an axis has it: between two there is no text. */
export function countText(count) {
  return Number.isInteger(count) ? wholeText(count) : "";
}

/** How often a second: the less it is, the more exact. */
export function rateText(perSecond) {
  return perSecond !== null && perSecond < 100 ? String(Math.round(perSecond * 10) / 10) : wholeText(perSecond);
}

/** A time in milliseconds, to three figures. */
export function msText(ms) {
  return ms === null ? UNKNOWN : `${ms >= 100 ? wholeText(ms) : Number(ms.toPrecision(3))} ms`;
}

/** Memory, in MiB. */
export function memoryText(bytes) {
  return bytes === null ? UNKNOWN : `${wholeText(bytes / BYTES_PER_MIB)} MiB`;
}

/** A share of one processor. */
export function percentText(percent) {
  return percent === null ? UNKNOWN : `${Math.round(percent * 10) / 10} %`;
}

/** A number of seconds in its two largest units: `2 h 5 min`. */
export function spanText(seconds) {
  const first = UNITS_S.findIndex(([, size]) => seconds >= size);
  if (first === -1) {
    return "0 s";
  }
  let rest = seconds;
  const parts = UNITS_S.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? "" : `${count} ${unit}${unit === "day" && count > 1 ? "s" : ""}`;
  });
  return parts.filter(Boolean).join(" ");
}
