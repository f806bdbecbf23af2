/** The dead-man switch in the document. */

import { askUntilAnswered } from "../kit/asking.js";
import { byId, setText } from "../kit/dom.js";
import { momentText } from "../kit/moments.js";
import { countOf } from "../kit/outcomes.js";
import { DeadMan, phaseTold } from "./dead-man.js";

const PROCEDURE = "tapecast.session.cancel_on_disconnect";

/** The panel `#dead-man`. */
export class DeadManView {
  #switch = new DeadMan();
  #client = null;
  #asked = 0;
  #heardAt = "";

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.delay = byId("dead-man-delay");
    this.arm = byId("dead-man-arm");
    this.disarm = byId("dead-man-disarm");
    byId("dead-man-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#tell(this.#switch.want(Number(this.delay.value)));
    });
    this.disarm.addEventListener("click", () => this.#tell(this.#switch.want(0)));
  }

  identify({ user }, client) {
    this.#switch.forget();
    this.#client = client;
    this.#heardAt = "";
    client.subscribe(`tapecast.user.${user}.session`, { onEvent: ({ payload, ts }) => this.#hear(payload, ts), onError() {} });
  }

  /** At once and not with a frame: a page that is not seen has none, and is to be armed again all the same. */
  applyState({ phase }) {
    if (phase === "live") {
      const afterMs = this.#switch.return();
      if (afterMs !== null) {
        this.#tell(afterMs);
      }
    } else {
      this.#switch.lose();
    }
  }

  render(_, { phase }) {
    const { phase: held, words, news, armedSessions } = this.#switch;
    const { text, tone } = phaseTold(held);
    const others = held === "armed" && armedSessions > 1 ? ` ${countOf(armedSessions - 1, "other session")} of yours armed, too.` : "";
    setText(byId("dead-man-state"), text);
    byId("dead-man-state").dataset.tone = tone;
    setText(byId("dead-man-words"), words + others);
    setText(byId("dead-man-news"), news && `${this.#heardAt} ${news}`);
    this.arm.hidden = this.delay.disabled = held === "armed" || held === "lost";
    this.disarm.hidden = !this.arm.hidden;
    this.arm.disabled = phase !== "live" || held === "arming";
    // While the connection is lost the gateway counts down, whatever is pressed here.
    this.disarm.disabled = phase !== "live";
  }

  #hear(payload, ts) {
    const before = this.#switch.news;
    this.#switch.hear(payload);
    this.#heardAt = this.#switch.news === before ? this.#heardAt : momentText(ts, Date.now());
    this.page.askForFrame();
  }

  async #tell(afterMs) {
    this.#asked += 1;
    const [asked, client] = [this.#asked, this.#client];
    const isWanted = () => asked === this.#asked && client === this.#client && client.state.phase === "live";
    this.page.askForFrame();
    const held = await askUntilAnswered(client, PROCEDURE, { after_ms: afterMs }, isWanted);
    if (isWanted()) {
      held ? this.#switch.hold(held) : this.#switch.refuse();
      this.page.askForFrame();
    }
  }
}
