/** The instruments that the gateway follows, asked for until it tells. */

const RETRY_MS = 2_000;

/**
 * @param {import("../../clients/js/tapecast.js").Tapecast} client
 * @param {() => boolean} isCurrent Whether the answer is still wanted.
 * @returns {Promise<object[] | null>} Null where it was not wanted any more.
 */
export async function listInstruments(client, isCurrent) {
  while (isCurrent()) {
    try {
      return await client.call("tapecast.market.list_instruments");
    } catch (error) {
      // The owner of the prices can be away while the router is there; the stream goes on meanwhile.
      console.info("no instruments yet", error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  return null;
}
