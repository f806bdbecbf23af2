/** A question before something is done: a dialog that names its object, and asks for what has to be said with it. */

import { readAnswers } from "./answers.js";
import { element, setText } from "./dom.js";

/** @typedef {import("./answers.js").Field} Field */
/** @typedef {import("./answers.js").Question} Question */

let asked = 0;

/**
 * Ask, and wait for the answer: the values of the fields, or null where it is not to be done.
 *
 * Escape, Cancel and a press beside the dialog are a no. The focus goes back to where it was, as with every dialog.
 *
 * @param {Question} question
 * @returns {Promise<Record<string, any> | null>}
 */
export function ask(question) {
  return new Promise((resolve) => new QuestionView(question, resolve).open());
}

class QuestionView {
  #answer = null;

  constructor(question, resolve) {
    this.question = question;
    this.resolve = resolve;
    this.id = `question-${(asked += 1)}`;
    this.fields = (question.fields ?? []).map((field) => new FieldView(field, `${this.id}-${field.name}`));
    this.dialog = this.#makeDialog();
  }

  open() {
    const { dialog } = this;
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      this.resolve(this.#answer);
    });
    this.#cancelBesides();
    dialog.showModal();
    const isAsked = this.fields.length > 0 && !this.question.isDestructive;
    (isAsked ? this.fields[0].input : this.cancel).focus();
  }

  #makeDialog() {
    const { title, object, consequence, confirm, isDestructive } = this.question;
    const name = { id: `${this.id}-title` };
    const about = element("div", { id: `${this.id}-about` }, element("p", { className: "object" }, object));
    about.append(...(consequence ? [element("p", {}, consequence)] : []));
    this.cancel = element("button", { type: "button" }, "Cancel");
    this.cancel.addEventListener("click", () => this.dialog.close());
    const yes = element("button", { type: "submit", className: isDestructive ? "destructive" : "primary" }, confirm);
    const answers = element("div", { className: "answers" }, this.cancel, yes);
    const form = element("form", { noValidate: true }, ...this.fields.map((field) => field.root), answers);
    form.addEventListener("submit", (event) => this.#submit(event));
    const dialog = element("dialog", { className: "question" }, element("h2", name, title), about, form);
    dialog.setAttribute("aria-labelledby", name.id);
    dialog.setAttribute("aria-describedby", about.id);
    return dialog;
  }

  #submit(event) {
    event.preventDefault();
    const texts = Object.fromEntries(this.fields.map(({ field, input }) => [field.name, input.value]));
    const { values, faults } = readAnswers(this.question.fields ?? [], texts);
    this.fields.forEach((field) => field.showFault(faults[field.field.name]));
    const wrong = this.fields.find(({ field }) => field.name in faults);
    if (wrong) {
      wrong.input.focus();
    } else {
      this.#answer = values;
      this.dialog.close();
    }
  }

  /** A press that began inside, to mark a text, is none beside it. */
  #cancelBesides() {
    const { dialog } = this;
    let beganBesides = false;
    const isBesides = ({ target, clientX: x, clientY: y }) => {
      const box = dialog.getBoundingClientRect();
      return target === dialog && (x < box.left || x > box.right || y < box.top || y > box.bottom);
    };
    dialog.addEventListener("pointerdown", (event) => (beganBesides = isBesides(event)));
    dialog.addEventListener("click", (event) => beganBesides && isBesides(event) && dialog.close());
  }
}

/** A label, its field, and what is wrong with it. */
class FieldView {
  /**
   * @param {Field} field
   * @param {string} id
   */
  constructor(field, id) {
    this.field = field;
    this.input = field.kind === "select" ? makeChoice(field, id) : makeLine(field, id);
    this.fault = element("span", { id: `${id}-fault`, className: "fault" });
    this.fault.setAttribute("role", "alert");
    const hint = element("span", { id: `${id}-hint`, className: "hint" }, field.hint ?? "");
    this.input.setAttribute("aria-describedby", `${hint.id} ${this.fault.id}`);
    this.input.required = !field.isOptional;
    const label = element("label", { htmlFor: id }, `${field.label}${field.isOptional ? " (optional)" : ""}`);
    this.root = element("div", { className: "field" }, label, this.input, hint, this.fault);
    if (field.suggestions) {
      const options = field.suggestions.map((value) => element("option", { value }));
      this.root.append(element("datalist", { id: `${id}-list` }, ...options));
      this.input.setAttribute("list", `${id}-list`);
    }
  }

  /** @param {string | undefined} fault */
  showFault(fault) {
    setText(this.fault, fault ?? "");
    this.input.ariaInvalid = fault ? "true" : null;
  }
}

function makeLine({ value = "" }, id) {
  return element("input", { id, value, type: "text", autocomplete: "off" });
}

function makeChoice({ options, value }, id) {
  const choices = options.map((one) => element("option", { value: one.value }, one.label));
  const choice = element("select", { id }, ...choices);
  choice.value = value ?? options[0].value;
  return choice;
}
