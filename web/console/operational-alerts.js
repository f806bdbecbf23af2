/** What somebody has to look after who runs the gateway: what is open, and what was. */

/**
 * @typedef {object} OperationalAlert
 * @property {string} dedup_key
 * @property {"open" | "resolved" | "noted"} state
 * @property {"info" | "warning" | "error" | "critical"} severity
 * @property {string} at
 * @property {string} since
 * @property {string} message
 */

const OPERATIONAL = "operational";
const MOST_PAST = 50;
const WORST_FIRST = ["critical", "error", "warning", "info"];

/** The tone of each severity. */
export const TONES = { critical: "bad", error: "bad", warning: "warn", info: "" };

/** Operational alerts as the gateway's snapshot and events tell them. */
export class AlertLog {
  #open = new Map();
  #past = [];

  /** Begin with what the gateway knows: @param {{open?: OperationalAlert[], alerts?: object[]}} payload */
  restore({ open = [], alerts = [] }) {
    this.#open = new Map(open.map((alert) => [alert.dedup_key, alert]));
    this.#past = [];
    alerts.filter(isOver).forEach((alert) => this.#remember(alert));
  }

  /** Take in an event of `tapecast.admin.alerts`; what is none of ours is left. */
  apply(alert) {
    if (isOver(alert)) {
      this.#open.delete(alert.dedup_key);
      this.#remember(alert);
    } else if (alert.type === OPERATIONAL) {
      this.#open.set(alert.dedup_key, alert);
    }
  }

  /** What is open, the worst first, and among those the one that began last. */
  get open() {
    const place = ({ severity }) => WORST_FIRST.indexOf(severity);
    return [...this.#open.values()].sort(
      (left, right) => place(left) - place(right) || (left.since < right.since ? 1 : -1),
    );
  }

  /** What is over, the newest first. */
  get past() {
    return this.#past;
  }

  #remember(alert) {
    this.#past = [alert, ...this.#past].slice(0, MOST_PAST);
  }
}

function isOver({ type, state }) {
  return type === OPERATIONAL && state !== "open";
}

/** What an alert is called: `part_down` is `part down`. */
export function alertTitle({ alert_type: type }) {
  return type.replaceAll("_", " ");
}
