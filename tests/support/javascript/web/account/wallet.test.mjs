import assert from "node:assert/strict";
import { test } from "node:test";

import { Wallet } from "../../../../../web/account/wallet.js";

const balance = (currency, total = "1", locked = "0") => ({ currency, total, free: total, locked });
const currencies = (wallet) => wallet.rows.map(({ currency }) => currency);

test("balances are listed by currency", () => {
  const wallet = new Wallet();

  wallet.applySnapshot({ wallet: [balance("USDT"), balance("BTC"), balance("EUR")] });

  assert.deepEqual(currencies(wallet), ["BTC", "EUR", "USDT"]);
});

test("an event replaces a currency's balance, and a snapshot all of them", () => {
  const wallet = new Wallet();
  wallet.applySnapshot({ wallet: [balance("USDT")] });

  wallet.applyEvent(balance("USDT", "7"));
  wallet.applyEvent(balance("BTC"));

  assert.deepEqual(wallet.rows.map(({ total }) => total), ["1", "7"]);

  wallet.applySnapshot({});

  assert.deepEqual(wallet.rows, []);
});

test("a currency that is used up is left out", () => {
  const wallet = new Wallet();

  wallet.applySnapshot({ wallet: [balance("USDT", "0.00"), balance("EUR", "-1"), balance("BTC", "0", "1")] });

  assert.deepEqual(currencies(wallet), ["BTC", "EUR"]);
});
