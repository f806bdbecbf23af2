/** A path to be asked for from the page: its status, headers and body. */

import { Parts, byId, setText } from "../kit/dom.js";
import { argumentField } from "./argument-fields-view.js";
import { filledPath, prettyText, tookText } from "./results.js";
import { pathSamples } from "./samples.js";

/** Asks for one path, as often as asked. */
export class PathTrial {
  #parts = new Parts(byId("trial"));
  #parameter;
  #told = "";
  #tone = "";

  /**
   * @param {import("./contract.js").Entry} entry
   * @param {import("./trials-view.js").Surroundings} surroundings
   */
  constructor(entry, surroundings) {
    Object.assign(this, { entry, ...surroundings });
    this.element = this.#parts.element;
    [this.#parameter] = entry.told.parameters ?? [];
    if (this.#parameter) {
      const { name, description, example } = this.#parameter;
      const field = argumentField(entry.id, { name, kind: "text", required: true, content: description });
      this.#parts.get("fields").append(field);
      this.#field.value = example;
    }
    this.#parts.get("box").ariaLabel = "The answer";
    this.#parts.get("form").addEventListener("submit", (event) => this.#submit(event));
    this.#parts.get("fields").addEventListener("input", () => this.#showSamples());
    setText(this.#parts.get("go"), "GET");
    this.#showSamples();
  }

  /** Another may be signed in: what was answered is not theirs. */
  attach() {
    this.#told = "";
    this.#parts.get("came").hidden = true;
    this.#parts.write("headers", "");
    this.#parts.write("result", "");
    this.#showSamples();
  }

  render() {
    setText(this.#parts.get("outcome"), this.#told);
    this.#parts.mark("outcome", "tone", this.#tone);
  }

  end() {}

  get #field() {
    return this.#parts.get("form").elements.namedItem(this.#parameter.name);
  }

  get #path() {
    return this.#parameter ? filledPath(this.entry.title, this.#field.value.trim()) : this.entry.title;
  }

  #showSamples() {
    const takesToken = this.entry.told.security.length > 0 && this.signIn.token !== null;
    this.samples.show(pathSamples(this.gateway, this.#path, takesToken));
  }

  async #submit(event) {
    event.preventDefault();
    const startedMs = performance.now();
    const { token } = this.signIn;
    const options = token === null ? {} : { headers: { Authorization: `Bearer ${token}` } };
    try {
      const answer = await fetch(this.gateway.http + this.#path, { ...options, cache: "no-store" });
      const body = await answer.text();
      this.#tone = answer.ok ? "good" : "bad";
      this.#told = `${answer.status} ${answer.statusText} in ${tookText(performance.now() - startedMs)}`;
      this.#show(answer, body);
    } catch {
      this.#tone = "bad";
      this.#told = "The gateway does not answer.";
    }
    this.page.askForFrame();
  }

  #show(answer, body) {
    const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    this.#parts.get("came").hidden = false;
    this.#parts.get("headers-box").hidden = false;
    this.#parts.write("headers", headers);
    this.#parts.write("result", pretty(body));
  }
}

function pretty(body) {
  try {
    return prettyText(JSON.parse(body));
  } catch {
    return body;
  }
}
