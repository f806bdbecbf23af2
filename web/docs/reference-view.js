/** The contract in the document: an entry for each topic, procedure and path, a row for each code. */

import { Parts, byId, element } from "../kit/dom.js";
import { pathEntries, procedureGroups, topicEntries } from "./contract.js";
import { chip, codesOf, factsOf, fieldsOf, proseOf, rowOf } from "./prose-view.js";
import { schemaRows } from "./results.js";

/** @typedef {import("./contract.js").Entry} Entry */

const TONES = { lossless: "good", gapped: "warn" };
const yes = (isSo) => (isSo ? "yes" : "no");

/** Makes the entries; each is filled when it is opened first. */
export class Reference {
  /** @param {import("./trials-view.js").Trials} trials */
  constructor(trials) {
    this.trials = trials;
  }

  /**
   * @param {object} contract
   * @param {object} openapi
   */
  show(contract, openapi) {
    this.schemas = openapi.components.schemas;
    byId("version").textContent = `version ${contract.version}`;
    byId("topic-entries").append(...topicEntries(contract).map((entry) => this.#entryOf(entry)));
    byId("path-entries").append(...pathEntries(openapi).map((entry) => this.#entryOf(entry)));
    this.#showGroups(procedureGroups(contract));
    showTables(contract);
  }

  #showGroups(groups) {
    for (const { name, title, entries } of groups) {
      const group = new Parts(byId("group"));
      group.element.id = `procedures-${name}`;
      group.write("title", title);
      group.get("entries").append(...entries.map((entry) => this.#entryOf(entry)));
      byId("procedure-groups").append(group.element);
      byId("groups").append(element("li", {}, linkTo(group.element.id, title)));
    }
  }

  #entryOf(entry) {
    const parts = new Parts(byId("entry"));
    parts.element.id = entry.id;
    parts.write("title", entry.title);
    parts.get("content").append(...proseOf(entry.content));
    parts.get("chips").append(...chipsOf(entry));
    parts.element.addEventListener("toggle", () => this.#toggle(entry, parts));
    return parts.element;
  }

  #toggle(entry, parts) {
    const body = parts.get("body");
    if (!parts.element.open) {
      this.trials.close(entry);
      return;
    }
    const isFirst = body.childElementCount === 0;
    if (isFirst) {
      body.append(this.#factsOf(entry));
    }
    this.trials.open(entry, body);
    if (isFirst) {
      body.append(...this.#fieldsOf(entry));
    }
  }

  #factsOf({ kind, told, accessText, id }) {
    const link = linkTo(id, "Link to this");
    if (kind === "topic") {
      const payload = told.payload.length > 0 ? codesOf(told.payload) : proseOf("nothing is published in this version");
      const delivery = told.merged ? `${told.delivery}, merged` : told.delivery;
      return factsOf([["May read", proseOf(accessText)], ["Class", proseOf(delivery)], ["Payload", payload], ["", [link]]]);
    }
    if (kind === "procedure") {
      const names = told.arguments.map(({ name }) => name);
      const args = names.length > 0 ? codesOf(names) : proseOf("none");
      return factsOf([["May call", proseOf(accessText)], ["Arguments", args], ["", [link]]]);
    }
    const statuses = codesOf(Object.keys(told.responses));
    return factsOf([["May ask", proseOf(accessText)], ["More", proseOf(told.description)], ["Statuses", statuses], ["", [link]]]);
  }

  #fieldsOf({ kind, told }) {
    if (kind !== "path") {
      return [];
    }
    const { schema } = told.responses[200].content["application/json"];
    const rows = schemaRows(schema, this.schemas);
    return rows.length > 0 ? [fieldsOf("Fields of the answer", rows)] : [];
  }
}

function chipsOf({ kind, told, access }) {
  const isClosed = access !== null && !access.any_of.includes("public");
  const closed = isClosed ? [chip("token")] : [];
  return kind === "topic" ? [chip(told.delivery, TONES[told.delivery]), ...closed] : closed;
}

function showTables({ deliveries, roles, errors, closes }) {
  byId("deliveries").append(...deliveries.map(({ name, content }) => rowOf(name, [content])));
  byId("role-rows").append(
    ...roles.map(({ name, from_token: isOfToken, content }) => rowOf(name, [yes(isOfToken), content], `role-${name}`)),
  );
  byId("error-rows").append(
    ...errors.map(({ code, retry, http_status: status, content }) =>
      rowOf(code, [yes(retry), String(status ?? ""), content], `error-${code}`),
    ),
  );
  byId("close-rows").append(
    ...closes.map(({ reason, code, come_back: comeBack, content }) =>
      rowOf(reason, [String(code), comeBack, content], `close-${code}-${reason.split(".").at(-1)}`),
    ),
  );
}

function linkTo(id, text) {
  return element("a", { href: `#${id}` }, text);
}
