/** What stands in the fields of a call at first, and what is sent of what stands there. */

/** @typedef {{name: string, kind: string, required: boolean, content: string}} Argument */

/**
 * What the gateway has to try with.
 *
 * @typedef {object} Market
 * @property {{instrument: string, venues?: string[]}[]} instruments
 * @property {{topic: string, epoch: string, seq: number} | null} place Where a topic is that can be resumed.
 */

const USUAL = "BTCUSDT";
const JSON_KINDS = ["fields", "events"];
const NUMBERS = ["integer", "number"];

/** How a browser asks for a kind of value. */
export function inputOf(kind) {
  if (JSON_KINDS.includes(kind)) {
    return "json";
  }
  return { boolean: "choice", secret: "secret", integer: "digits", number: "digits" }[kind] ?? "text";
}

/**
 * What stands in the fields at first, by name; nothing where a field is best left out.
 *
 * @param {string} uri
 * @param {Argument[]} args
 * @param {Market} market
 * @returns {Record<string, string>}
 */
export function defaultsOf(uri, args, { instruments, place }) {
  const known = instruments.find(({ instrument }) => instrument === USUAL) ?? instruments[0];
  const instrument = known?.instrument ?? "";
  const topic = place?.topic ?? (instrument && `tapecast.price.${instrument}`);
  const usual = {
    instrument,
    instruments: instruments.slice(0, 3).map((one) => one.instrument).join(", "),
    venue: known?.venues?.[0] ?? "",
    interval: "1m",
    topic,
    epoch: place?.epoch ?? "",
    seq: place ? String(Math.max(0, place.seq - 3)) : "",
    max_hz: "10",
    ...(uri === "tapecast.stream.list" && { prefix: instrument && "tapecast.price" }),
    ...(uri.startsWith("tapecast.market.") && { limit: "5", depth: "5" }),
  };
  return Object.fromEntries(args.filter(({ name }) => usual[name]).map(({ name }) => [name, usual[name]]));
}

/**
 * The arguments as they are sent: what is left empty is left out.
 *
 * @param {Argument[]} args
 * @param {Record<string, string>} texts
 * @returns {{fields: Record<string, unknown>, fault: {name: string, text: string} | null}}
 */
export function readArguments(args, texts) {
  const fields = {};
  for (const { name, kind } of args) {
    const text = (texts[name] ?? "").trim();
    const [value, fault] = text === "" ? [] : readValue(kind, text);
    if (fault) {
      return { fields, fault: { name, text: `${name}: ${fault}` } };
    }
    if (value !== undefined) {
      fields[name] = value;
    }
  }
  return { fields, fault: null };
}

/**
 * The arguments as a sample shows them: a secret that was pasted is nobody's to read, or to copy along.
 *
 * @param {Argument[]} args
 * @param {Record<string, unknown>} fields
 * @returns {Record<string, unknown>}
 */
export function shownArguments(args, fields) {
  const secrets = args.filter(({ name, kind }) => kind === "secret" && name in fields);
  return { ...fields, ...Object.fromEntries(secrets.map(({ name }) => [name, "..."])) };
}

function readValue(kind, text) {
  if (NUMBERS.includes(kind)) {
    const value = text === "null" ? null : Number(text);
    return Number.isNaN(value) ? [undefined, "a number is expected"] : [value];
  }
  if (JSON_KINDS.includes(kind)) {
    return readJson(text);
  }
  if (kind === "list of text") {
    return [text.split(",").map((word) => word.trim()).filter(Boolean)];
  }
  return [kind === "boolean" ? text === "true" : text];
}

function readJson(text) {
  try {
    return [JSON.parse(text)];
  } catch {
    return [undefined, "JSON is expected"];
  }
}
