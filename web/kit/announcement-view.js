/** The operator's word, above everything else on a page. */

import { setText } from "./dom.js";

const TOPIC = "tapecast.system.announcements";
export const KINDS = { announcement: "Announcement:", incident: "Incident:", maintenance: "Maintenance:" };

/** Shows the newest broadcast; that the gateway stops, the connection tells. */
export class AnnouncementView {
  #isForAll = true;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.kind = root.querySelector("[data-part=kind]");
    this.text = root.querySelector("[data-part=text]");
  }

  attach(client) {
    // What was for one role or one user is not for whoever comes next.
    this.root.hidden ||= !this.#isForAll;
    client.subscribe(TOPIC, { onEvent: ({ payload }) => this.#announce(payload, true) });
  }

  identify({ user, role }, client) {
    const onRole = ({ payload }) => this.#announce(payload, false);
    const onUser = ({ payload }) => payload.event === "announcement" && this.#show(payload, false);
    client.subscribe(`tapecast.role.${role}.announcements`, { onEvent: onRole, onError() {} });
    client.subscribe(`tapecast.user.${user}.session`, { onEvent: onUser, onError() {} });
  }

  #announce(payload, isForAll) {
    if (payload.reason === "broadcast") {
      this.#show(payload, isForAll);
    }
  }

  #show({ type, severity, message }, isForAll) {
    this.#isForAll = isForAll;
    this.root.dataset.severity = severity;
    setText(this.kind, KINDS[type] ?? "");
    setText(this.text, message);
    this.root.hidden = false;
  }
}
