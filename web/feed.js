/** What the page subscribes to and calls, on every new session. */

const SNAPSHOT_RETRY_MS = 2_000;

/**
 * Follow all prices: subscribe first, then take the snapshot, so that there is no gap between the two.
 *
 * @param {object} client A joined Wampy client.
 * @param {object} output
 * @param {() => void} output.onSession A new session is about to speak.
 * @param {(envelope: object) => void} output.onPrice An event of the stream.
 * @param {(instruments: object[]) => void} output.onInstruments The instruments that the gateway follows.
 * @param {(price: object) => void} output.onSnapshot One price of the answer to a call.
 * @param {() => boolean} isCurrent Whether the session still counts.
 */
export async function followPrices(client, output, isCurrent) {
  output.onSession();
  await client.subscribe("tapecast.system.heartbeat", () => {});
  await client.subscribe("tapecast.price", ({ argsDict }) => output.onPrice(argsDict), { match: "prefix" });
  takeSnapshot(client, output, isCurrent);
}

async function takeSnapshot(client, output, isCurrent) {
  while (isCurrent()) {
    try {
      const [instruments] = (await client.call("tapecast.market.list_instruments")).argsList;
      output.onInstruments(instruments);
      const names = instruments.map(({ instrument }) => instrument);
      const [prices] = (await client.call("tapecast.market.get_prices", { instruments: names })).argsList;
      prices.forEach(output.onSnapshot);
      return;
    } catch (error) {
      // The owner of the prices can be away while the router is there; the stream goes on meanwhile.
      console.info("no snapshot yet", error);
      await new Promise((resolve) => setTimeout(resolve, SNAPSHOT_RETRY_MS));
    }
  }
}
