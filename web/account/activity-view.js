/** What was done on this page and what became of it, in the document. */

import { Rows, byId } from "../kit/dom.js";
import { momentText } from "../kit/moments.js";

const STATES = { sent: "on its way", done: "acknowledged", refused: "refused", unknown: "not known", missed: "not known to have arrived" };
const TONES = { sent: "", done: "good", refused: "bad", unknown: "warn", missed: "warn" };
const PLACE = "tapecast.orders.place";

/** The panel `#activity`. */
export class ActivityView {
  #isLive = false;

  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    const list = byId("activity-rows");
    this.rows = new Rows(list, byId("activity-row"), ({ id }) => id, (row, action) => this.#write(row, action));
    list.addEventListener("click", ({ target }) => target.matches("button") && this.#sendAgain(target.closest("li")));
  }

  /** Its button goes, and the focus that is on it stays at what was done. */
  #sendAgain(row) {
    this.desk.sendAgain(row.dataset.key);
    row.tabIndex = -1;
    row.focus();
  }

  render(_nowMs, { phase }) {
    this.#isLive = phase === "live";
    const { actions } = this.desk;
    this.rows.render(actions);
    byId("activity-nothing").hidden = actions.length > 0;
  }

  #write(row, { title, state, steps, procedure, status, tone }) {
    const canRepeat = state === "missed" && procedure === PLACE;
    row.write("title", title);
    row.write("state", canRepeat ? "did not arrive" : state === "done" && status ? status : STATES[state]);
    row.mark("state", "tone", state === "done" && status ? tone : TONES[state]);
    row.get("again").hidden = !canRepeat;
    row.get("again").disabled = !this.#isLive;
    const told = `${steps.length} ${steps.at(-1).atMs} ${steps.at(-1).text}`;
    if (row.isNew("steps", told)) {
      row.get("steps").replaceChildren(...steps.map(lineOf));
    }
  }
}

function lineOf({ atMs, text }) {
  const line = document.createElement("li");
  const time = document.createElement("time");
  time.textContent = momentText(atMs, Date.now());
  line.append(time, ` ${text}`);
  return line;
}
