/** Times of the gateway, as a reader's clock tells them. */

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const DAY = { day: "numeric", month: "short" };

/**
 * The time of day, with the date where it is another day.
 *
 * @param {string} iso
 * @param {Date} now
 */
export function momentText(iso, now) {
  const moment = new Date(iso);
  const clock = moment.toLocaleTimeString("en-GB", CLOCK);
  return moment.toDateString() === now.toDateString() ? clock : `${moment.toLocaleDateString("en-GB", DAY)}, ${clock}`;
}
