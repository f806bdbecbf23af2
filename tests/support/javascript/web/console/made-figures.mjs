/** Figures of a node as `tapecast.admin.stats` tells them. */

const counter = (perSecond, total) => ({ per_second: perSecond, total });

/** How long deliveries took. */
export const quantiles = (p50, p95, p99, count) => ({ count, avg_ms: p50, p50_ms: p50, p95_ms: p95, p99_ms: p99 });

/** Of all topics, and of these families. */
export const delivered = (families, all = quantiles(1, 2, 3, 10)) => ({ all, families });

/** Figures as of so many seconds behind twelve, with what differs. */
export function envelope(second, changes = {}) {
  return { ts: new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString(), payload: { ...FIGURES, ...changes } };
}

export const FIGURES = {
  uptime_s: 60,
  connections: 12,
  sessions: { public: 5, trader: 3, risk: 1, issuer: 0, service: 2, admin: 1 },
  subscriptions: { price: 1200, book: 7 },
  joins: { accepted: 30, refused: { token_invalid: 4, maintenance: 2 } },
  closes: { peer: counter(0.4, 9), slow_consumer: counter(0.2, 1) },
  messages: {
    received: { call: counter(3, 40), subscribe: counter(1, 12) },
    sent: { event: counter(900, 12345), result: counter(3, 40), subscribed: counter(1, 12) },
  },
  delivery: delivered({ price: quantiles(0.5, 1, 2, 4000) }, quantiles(0.7, 1.8, 2.6, 4500)),
  waiting: { control: 0, lossless: 1, gapped: 2, conflated: 3 },
  thinned: { "conflated.conflated": counter(5, 50), "gapped.conflated": counter(1, 2), "gapped.dropped": counter(2, 4) },
  refusals: { market_points: counter(1, 10), trading_bursts: counter(0.5, 5) },
  processes: [
    { process: "router", pid: 7, uptime_s: 3_725, restarts: 0, cpu_percent: 12.34, memory_bytes: 104_857_600 },
    { process: "market", pid: 8, uptime_s: 60, restarts: 2, cpu_percent: null, memory_bytes: null },
  ],
};
