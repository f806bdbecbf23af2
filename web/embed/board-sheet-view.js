/** How a price board looks. A page sets its own colours as `--tapecast-...`; a strict policy of styles lets this pass. */

const CSS = `
:host {
  --text: var(--tapecast-text, light-dark(#131822, #e8ecf4));
  --muted: var(--tapecast-muted, light-dark(#566072, #97a1b4));
  --ground: var(--tapecast-ground, light-dark(#ffffff, #10151f));
  --line: var(--tapecast-line, light-dark(#e3e7ee, #1e2532));
  --up: var(--tapecast-up, light-dark(#067647, #2fd08c));
  --down: var(--tapecast-down, light-dark(#c01c3f, #ff6b7d));
  --warn: var(--tapecast-warn, light-dark(#93580b, #f3b04c));
  color-scheme: light dark;
  display: block;
  border: 1px solid var(--line);
  border-radius: 14px;
  background: var(--ground);
  color: var(--text);
  font: 15px/1.45 var(--tapecast-font, system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif);
  font-variant-numeric: tabular-nums;
}
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([hidden]), [hidden] { display: none !important; }
.board { position: relative; }
table { width: 100%; border-collapse: collapse; }
caption, .unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
th, td { padding: 0.5rem 0.9rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: baseline; }
th:first-child { text-align: left; }
thead th { color: var(--muted); font-size: 0.82rem; font-weight: 500; }
tbody th { font-weight: 600; }
.quote, .note { color: var(--muted); font-weight: 400; }
.note { display: block; font-size: 0.8rem; }
.note:empty { display: none; }
.price { font-weight: 600; white-space: nowrap; }
.arrow { margin-right: 0.35em; font-size: 0.7em; }
.change { white-space: nowrap; }
[data-direction="up"] { color: var(--up); }
[data-direction="down"] { color: var(--down); }
.status {
  display: flex;
  align-items: baseline;
  gap: 0.5rem;
  margin: 0;
  padding: 0.5rem 0.9rem;
  color: var(--muted);
  font-size: 0.85rem;
}
.status strong { color: var(--text); font-weight: 600; }
.light { flex: none; width: 9px; height: 9px; border-radius: 50%; background: var(--warn); }
[data-phase="live"] .light { background: var(--up); }
[data-phase="ended"] .light { border-radius: 2px; background: var(--down); }
.board:not([data-phase="live"]) :is(.price, .change) { color: var(--muted); }
.nothing {
  margin: 0;
  padding: 1.25rem 0.9rem;
  border-bottom: 1px solid var(--line);
  color: var(--muted);
  text-align: center;
}
`;

export const boardSheet = new CSSStyleSheet();
boardSheet.replaceSync(CSS);
