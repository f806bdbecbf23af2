/** How the parts of the node are, in the document. */

import { Rows, byId, setText } from "../kit/dom.js";
import { TONES, partName, summaryOf, worstFirst } from "./parts.js";

const TOPIC = "tapecast.system.status";

/** The panel `#parts`. */
export class PartsPanel {
  constructor() {
    this.summary = byId("parts-summary");
    this.rows = new Rows(byId("parts-list"), byId("part"), ({ name }) => name, writePart);
  }

  attach(client) {
    const apply = ({ payload }) => payload.parts && this.#show(payload.parts);
    client.subscribe(TOPIC, { onSnapshot: apply, onEvent: apply });
  }

  #show(parts) {
    const { text, tone } = summaryOf(parts);
    setText(this.summary, text);
    this.summary.dataset.tone = tone;
    byId("parts-nothing").hidden = true;
    this.rows.render(worstFirst(parts));
  }
}

function writePart(row, { name, state, reason }) {
  row.write("name", partName(name));
  row.write("state", state);
  row.mark("state", "tone", TONES[state]);
  row.write("reason", reason);
}
