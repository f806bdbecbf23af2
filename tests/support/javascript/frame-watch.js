/** Measures a page from within: how long its frames take, what holds them up, how much it keeps. */

globalThis.frameWatch = (() => {
  const begin = () => ({ beganMs: performance.now(), frames: 0, longestMs: 0, late: [], longTasks: 0, longestTaskMs: 0, deltas: new Uint32Array(2001) });
  let seen = begin();
  let lastMs = performance.now();

  const look = (nowMs) => {
    const tookMs = nowMs - lastMs;
    lastMs = nowMs;
    seen.frames += 1;
    seen.longestMs = Math.max(seen.longestMs, tookMs);
    seen.deltas[Math.min(2000, Math.round(tookMs))] += 1;
    if (tookMs > 100 && seen.late.length < 20) {
      seen.late.push([Math.round(nowMs - seen.beganMs), Math.round(tookMs)]);
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);

  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      seen.longTasks += 1;
      seen.longestTaskMs = Math.max(seen.longestTaskMs, duration);
    }
  }).observe({ type: "longtask" });

  const percentile = (share) => {
    let left = seen.frames * share;
    return seen.deltas.findIndex((count) => (left -= count) <= 0);
  };

  return {
    begin() {
      seen = begin();
    },
    report() {
      const { deltas: _, beganMs, ...rest } = seen;
      return { seconds: (performance.now() - beganMs) / 1000, p50: percentile(0.5), p99: percentile(0.99), ...rest };
    },
  };
})();
