/*
 * Subscribes with wampy to all topics below a prefix and resolves with the first `count` events, as [topic, envelope].
 * An expression, so that a page with a strict policy can be handed the same function as the runtime.
 */
async ({ url, prefix, count, options }) => {
  const client = new globalThis.Wampy(url, { realm: "tapecast", uriValidation: "loose", autoReconnect: false, ...options });
  await client.connect();
  const events = await new Promise((resolve, reject) => {
    const kept = [];
    const keep = ({ details, argsDict }) => {
      kept.push([details.topic, argsDict]);
      if (kept.length === count) {
        resolve(kept);
      }
    };
    client.subscribe(prefix, keep, { match: "prefix" }).catch(reject);
  });
  await client.disconnect();
  return events.slice(0, count);
}
