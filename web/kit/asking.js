/** Asking until there is an answer. */

const RETRY_MS = 2_000;

/**
 * Call, and call again where that can help: what answers can be away while the gateway is there.
 *
 * @param {import("../../clients/js/tapecast.js").Tapecast} client
 * @param {string} procedure
 * @param {Record<string, unknown>} fields
 * @param {() => boolean} isWanted Whether there is still somebody who waits for the answer.
 * @returns {Promise<any>} Null where nobody waits any more, and where it is refused for good.
 */
export async function askUntilAnswered(client, procedure, fields, isWanted) {
  while (isWanted()) {
    try {
      const answer = await client.call(procedure, fields);
      return isWanted() ? answer : null;
    } catch (error) {
      if (!error.retry) {
        console.info(`no ${procedure}`, error);
        return null;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  return null;
}
