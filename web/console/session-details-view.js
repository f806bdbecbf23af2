/** One session beside the table: all that is known of it, and what can be done. */

import { byId, element, setText } from "../kit/dom.js";
import { refusalText } from "../kit/outcomes.js";
import { actionsOf, sessionName } from "./session-actions.js";
import { detailsOf } from "./session-details.js";

const GET = "tapecast.admin.sessions.get";

/** The `aside` beside the sessions; hidden while none is chosen. */
export class SessionDetails {
  /** @type {number | null} */
  chosen = null;
  #shownActions = "";

  /**
   * @param {import("./operator-view.js").Operator} operator
   * @param {(action: import("./session-actions.js").Action) => void} act
   * @param {(session: number) => void} onClose
   */
  constructor(operator, act, onClose) {
    Object.assign(this, { operator, act, onClose });
    this.root = byId("session");
    this.title = byId("session-title");
    byId("session-close").addEventListener("click", () => this.close());
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  /** @param {import("./sessions.js").Session} session */
  open(session) {
    this.chosen = session.session;
    this.#shownActions = "";
    this.#reveal(true);
    setText(this.title, `Session ${session.session}`);
    byId("session-groups").replaceChildren();
    byId("session-topics").replaceChildren();
    this.#tell("");
    this.#offer(session);
    this.title.focus();
    this.refresh();
  }

  close() {
    const { chosen } = this;
    this.chosen = null;
    this.#reveal(false);
    this.onClose(chosen);
  }

  #reveal(isOpen) {
    this.root.hidden = !isOpen;
    byId("sessions").toggleAttribute("data-open", isOpen);
  }

  /** Ask for it again; one that has ended stays readable, and says so. */
  async refresh() {
    const { chosen } = this;
    if (chosen === null) {
      return;
    }
    try {
      const session = await this.operator.call(GET, { session: chosen });
      this.#ifChosen(chosen, () => this.#show(session));
    } catch (error) {
      this.#ifChosen(chosen, () => this.#fail(error));
    }
  }

  #ifChosen(chosen, act) {
    if (this.chosen === chosen) {
      act();
    }
  }

  #fail(error) {
    if (error.code === "invalid_argument") {
      this.#tell("This session has ended.");
      byId("session-actions").replaceChildren();
    } else {
      this.#tell(`Not known now. ${refusalText(error)}`);
    }
  }

  #show(session) {
    this.#tell(session.session === this.operator.ownSession ? "This is your own." : "");
    byId("session-groups").replaceChildren(...detailsOf(session, Date.now()).map(makeGroup));
    setText(byId("session-topics-count"), `Topics (${session.topics.length})`);
    byId("session-topics").replaceChildren(...session.topics.map((topic) => element("li", {}, topic)));
    this.#offer(session);
  }

  #tell(text) {
    setText(byId("session-note"), text);
  }

  /** The buttons stay as they are while they would say the same, and with them the focus. */
  #offer(session) {
    const actions = actionsOf(session, this.operator.ownKey);
    const shown = [sessionName(session), ...actions.map(({ label }) => label)].join("\n");
    if (shown !== this.#shownActions) {
      this.#shownActions = shown;
      byId("session-actions").replaceChildren(...actions.map((action) => this.#makeButton(action)));
    }
  }

  #makeButton(action) {
    const button = element("button", { type: "button", className: "danger" }, action.label);
    button.addEventListener("click", () => this.act(action));
    return button;
  }
}

function makeGroup({ title, rows }) {
  const pairs = rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  return element("section", {}, element("h4", {}, title), element("dl", {}, ...pairs));
}
