/** A procedure to be called from the page: its arguments, its answer or the coded error, and how long it took. */

import { Parts, byId, setText } from "../kit/dom.js";
import { argumentField } from "./argument-fields-view.js";
import { defaultsOf, readArguments, shownArguments } from "./arguments.js";
import { isReading } from "./contract.js";
import { prettyText, refusalText, tookText } from "./results.js";
import { callSamples } from "./samples.js";
import { hindranceOf } from "./trials.js";

const REAL = "This is done for real, in the name of whoever is signed in.";

/** Calls one procedure, as often as asked. */
export class CallTrial {
  #parts = new Parts(byId("trial"));
  #isBusy = false;
  #told = "";
  #tone = "";
  #market = null;

  /**
   * @param {import("./contract.js").Entry} entry
   * @param {import("./trials-view.js").Surroundings} surroundings
   */
  constructor(entry, surroundings) {
    Object.assign(this, { entry, ...surroundings, args: entry.told.arguments });
    this.element = this.#parts.element;
    this.#parts.get("fields").append(...this.args.map((argument) => argumentField(entry.id, argument)));
    this.#parts.get("box").ariaLabel = "The answer";
    this.#parts.get("form").addEventListener("submit", (event) => this.#submit(event));
    this.#parts.get("fields").addEventListener("input", () => this.#showSamples());
    setText(this.#parts.get("go"), "Call");
    this.#showSamples();
  }

  /** Another may be signed in: what was answered, and a secret that was pasted, is not theirs. */
  attach() {
    this.#tell("", "");
    this.#market = null;
    this.#parts.get("came").hidden = true;
    this.#parts.write("result", "");
    this.args.filter(({ kind }) => kind === "secret").forEach(({ name }) => (this.#field(name).value = ""));
    this.#showSamples();
  }

  applyState(state) {
    if (state.phase === "live" && this.#market === null) {
      this.#market = this.market.learn(this.entry.title);
      this.#fill(this.#market);
    }
  }

  render(_nowMs, state) {
    const hindrance = hindranceOf(this.entry.access, state);
    const warning = isReading(this.entry.title) ? "" : REAL;
    this.#parts.get("go").disabled = this.#isBusy || hindrance !== "";
    setText(this.#parts.get("outcome"), hindrance || this.#told || warning);
    this.#parts.mark("outcome", "tone", hindrance ? "" : this.#tone);
  }

  end() {}

  async #fill(learning) {
    const market = await learning;
    if (learning === this.#market) {
      const defaults = defaultsOf(this.entry.title, this.args, market);
      for (const [name, value] of Object.entries(defaults)) {
        const field = this.#field(name);
        field.value ||= value;
      }
      this.#showSamples();
    }
  }

  #field(name) {
    return this.#parts.get("form").elements.namedItem(name);
  }

  #read() {
    const texts = Object.fromEntries(this.args.map(({ name }) => [name, this.#field(name).value]));
    return readArguments(this.args, texts);
  }

  #showSamples() {
    const fields = shownArguments(this.args, this.#read().fields);
    const needsToken = !this.entry.access.any_of.includes("public");
    this.samples.show(callSamples(this.gateway, this.entry.title, fields, needsToken));
  }

  #submit(event) {
    event.preventDefault();
    const { fields, fault } = this.#read();
    for (const { name } of this.args) {
      this.#field(name).ariaInvalid = String(name === fault?.name);
    }
    if (fault) {
      this.#tell(fault.text, "bad");
      this.#field(fault.name).focus();
    } else if (!this.#isBusy) {
      this.#call(fields);
    }
  }

  async #call(fields) {
    const { client } = this.page;
    const startedMs = performance.now();
    this.#isBusy = true;
    this.#tell("Asking", "");
    const came = await client.call(this.entry.title, fields).then(answered, refused);
    this.#isBusy = false;
    this.page.askForFrame();
    if (client === this.page.client) {
      this.#tell(came.text(performance.now() - startedMs), came.tone);
      this.#show(came.value);
    }
  }

  #show(value) {
    this.#parts.get("came").hidden = false;
    this.#parts.write("result", prettyText(value ?? null));
  }

  #tell(text, tone) {
    this.#told = text;
    this.#tone = tone;
    this.page.askForFrame();
  }
}

function answered(value) {
  return { value, tone: "good", text: (ms) => `Answered in ${tookText(ms)}` };
}

function refused(error) {
  const { code, message, retry, details } = error;
  return { value: { code, message, retry, details }, tone: "bad", text: (ms) => refusalText(error, ms) };
}
