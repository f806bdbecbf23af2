/** Times of the gateway as every page tells them: in UTC, as the wire, the logs and the candles have them. */

const DAY = { day: "numeric", month: "short", timeZone: "UTC" };
const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "UTC" };
const clock = new Intl.DateTimeFormat("en-GB", TIME);
const day = new Intl.DateTimeFormat("en-GB", DAY);
const dayOfAYear = new Intl.DateTimeFormat("en-GB", { ...DAY, year: "numeric" });

/**
 * The time of day.
 *
 * @param {string | number} moment As the wire has it, or UNIX milliseconds.
 */
export const clockText = (moment) => clock.format(new Date(moment));

/**
 * The time of day, with the date where it is another day.
 *
 * @param {string | number} moment As the wire has it, or UNIX milliseconds.
 * @param {number} nowMs
 */
export function momentText(moment, nowMs) {
  const [then, now] = [new Date(moment), new Date(nowMs)];
  if (dayOf(then) === dayOf(now)) {
    return clockText(moment);
  }
  const isThisYear = then.getUTCFullYear() === now.getUTCFullYear();
  return `${(isThisYear ? day : dayOfAYear).format(then)}, ${clockText(moment)}`;
}

const dayOf = (date) => date.toISOString().slice(0, 10);
