/** What an answer looks like on the page: as text that is never too long, in words, as rows of its schema. */

export const MOST_CHARACTERS = 20_000;

/**
 * A value as text over several lines.
 *
 * @param {unknown} value
 */
export function prettyText(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const cut = text.length - MOST_CHARACTERS;
  return cut > 0 ? `${text.slice(0, MOST_CHARACTERS)}\n... and ${cut} characters more` : text;
}

/**
 * How long something took, to a tenth of a millisecond.
 *
 * @param {number} ms
 */
export const tookText = (ms) => `${ms.toFixed(1)} ms`;

/**
 * What a refusal says, and what to do about it.
 *
 * @param {{code: string, message: string, retry: boolean}} error
 * @param {number} ms
 */
export function refusalText({ code, message, retry }, ms) {
  const advice = retry ? "the same call can succeed later" : "the same call will not succeed";
  return `${code} in ${tookText(ms)}: ${message} (${advice})`;
}

/**
 * A path with its parameter filled in; what varies may have slashes of its own.
 *
 * @param {string} path
 * @param {string} value
 */
export function filledPath(path, value) {
  return path.replace(/\{\w+\}/, value.split("/").map(encodeURIComponent).join("/"));
}

/**
 * The fields of a schema as rows, fields of fields with points between them.
 *
 * @param {object} schema
 * @param {Record<string, object>} schemas
 * @returns {{name: string, type: string, content: string}[]}
 */
export function schemaRows(schema, schemas, prefix = "") {
  const whole = resolved(schema, schemas);
  const named = Object.entries(whole.properties ?? {}).map(([name, part]) => [`${prefix}${name}`, part]);
  const others = whole.additionalProperties ? [[`${prefix}*`, whole.additionalProperties]] : [];
  return [...named, ...others].flatMap(([name, part]) => {
    const inner = resolved(part, schemas);
    const items = inner.items && resolved(inner.items, schemas);
    const row = { name, type: typeText(inner, items), content: part.description ?? "" };
    return [row, ...schemaRows(items ?? inner, schemas, `${name}${items ? "[]" : ""}.`)];
  });
}

function resolved(schema, schemas) {
  return schema.$ref ? schemas[schema.$ref.split("/").at(-1)] : schema;
}

function typeText(schema, items) {
  const type = [schema.type].flat().join(" or ");
  const choices = schema.enum ? `: ${schema.enum.join(", ")}` : "";
  return items ? `array of ${items.type}` : type + choices;
}
