/** The operator's word, above everything else on a page. */

import { setText } from "./dom.js";

const TOPIC = "tapecast.system.announcements";
export const KINDS = { announcement: "Announcement:", incident: "Incident:", maintenance: "Maintenance:" };

/** Shows the newest broadcast; that the gateway stops, the connection tells. */
export class AnnouncementView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.kind = root.querySelector("[data-part=kind]");
    this.text = root.querySelector("[data-part=text]");
  }

  attach(client) {
    client.subscribe(TOPIC, { onEvent: (envelope) => this.#announce(envelope) });
  }

  #announce({ payload }) {
    if (payload.reason === "broadcast") {
      this.root.dataset.severity = payload.severity;
      setText(this.kind, KINDS[payload.type] ?? "");
      setText(this.text, payload.message);
      this.root.hidden = false;
    }
  }
}
