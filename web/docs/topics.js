/** From a pattern of topics to one topic, by what the gateway has. */

const MOST_OPTIONS = 1_000;
const PREFERRED = { instrument: "BTCUSDT", interval: "1m" };

/**
 * The whole components that all topics of a pattern begin with.
 *
 * @param {string} pattern
 */
export function prefixOf(pattern) {
  return pattern.split(".{")[0];
}

/**
 * The words of a pattern that vary, without their braces.
 *
 * @param {string} pattern
 * @returns {string[]}
 */
export function variablesOf(pattern) {
  return [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
}

/**
 * A choice for each word that varies, narrowed by the choices before it, and the topic that they make.
 *
 * What was chosen and is not there any more gives way to what is usual, and that to the first.
 *
 * @param {string} pattern
 * @param {string[]} topics Topics that the gateway has, of this pattern or not.
 * @param {Record<string, string>} chosen
 * @returns {{choices: {name: string, options: string[], value: string}[], topic: string | null}} No topic where the
 *   gateway has none.
 */
export function choose(pattern, topics, chosen) {
  const components = pattern.split(".");
  let left = topics.map((topic) => topic.split(".")).filter((words) => fits(components, words));
  const choices = [];
  for (const [place, component] of components.entries()) {
    const [name] = variablesOf(component);
    if (name) {
      const options = [...new Set(left.map((words) => words[place]))].slice(0, MOST_OPTIONS);
      const value = [chosen[name], PREFERRED[name]].find((one) => options.includes(one)) ?? options[0] ?? "";
      choices.push({ name, options, value });
      left = left.filter((words) => words[place] === value);
    }
  }
  const topic = choices.length === 0 ? pattern : (left[0]?.join(".") ?? null);
  return { choices, topic };
}

function fits(components, words) {
  const isAlike = (component, place) => component.startsWith("{") || component === words[place];
  return components.length === words.length && components.every(isAlike);
}
