// The project that is shown: a shop whose orders are folded, a fold with mistakes, and a policy with a denial.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The fold as it is committed. */
const ORDERS_COMMITTED = `-- What is open, and what came in.

local M = {}

function M.init()
  return { open = {}, paid = 0 }
end

function M.fold(state, event)
  local p = event.payload
  if event.type == "order.placed" then
    state.open[p.id] = { item = p.item, price = p.price }
  elseif event.type == "order.paid" then
    local order = state.open[p.id]
    if order then
      state.paid = state.paid + order.price
      state.open[p.id] = nil
    end
  end
  return state
end

return M
`;

/** The fold as it is being changed: it counts by item too, and knows cancelled orders. */
const ORDERS = `-- What is open, what came in, and for what.

local M = {}

function M.init()
  return { open = {}, paid = 0, by_item = {} }
end

local function add(map, key, amount)
  map[key] = (map[key] or 0) + amount
end

function M.fold(state, event)
  local p = event.payload
  if event.type == "order.placed" then
    state.open[p.id] = { item = p.item, price = p.price }
  elseif event.type == "order.paid" then
    local order = state.open[p.id]
    if order then
      state.paid = state.paid + order.price
      add(state.by_item, order.item, order.price)
      state.open[p.id] = nil
    end
  elseif event.type == "order.cancelled" then
    state.open[p.id] = nil
  end
  return state
end

return M
`;

const ORDERS_TEST = `-- Tests of orders.lua.

local orders = require "orders"

local M = {}

local function event(kind, payload)
  return { type = kind, payload = payload }
end

function M.test_a_paid_order_is_closed()
  local state = orders.init()
  state = orders.fold(state, event("order.placed", { id = "a1", item = "tea", price = 4.5 }))
  state = orders.fold(state, event("order.paid", { id = "a1" }))
  assert(state.paid == 4.5)
  assert(state.open.a1 == nil)
end

function M.test_a_cancelled_order_counts_for_nothing()
  local state = orders.init()
  state = orders.fold(state, event("order.placed", { id = "a1", item = "tea", price = 4.5 }))
  state = orders.fold(state, event("order.cancelled", { id = "a1" }))
  assert(state.paid == 1)
end

return M
`;

const MISTAKES = `-- A fold with mistakes, to look at what is said about them.

local M = {}

local function dearest(orders)
  local best
  for id, order in pairs(orders) do
    if not best or order.price > best.price then
      best = { id = id, price = order.price }
    end
  end
  return best
end

function M.init()
  return { open = {}, dearest = json.null }
end

function M.fold(state, event)
  local p = event.payload
  local spare = 1
  state.open[p.id] = p
  state.dearest = dearest(state.open) or json.null
  state.lucky = math.random(6)
  state.total = totl + p.price
  return state
end

return M
`;

const POLICY = `package gatos.orders

# METADATA
# title: Cancelling needs the capability
# description: Whoever cancels an order needs order:cancel, or must have placed it themselves.
deny contains reason if {
	input.intent == "order.cancelled"
	not gatos.caps.has(input.granted, "order:cancel")
	not is_own
	reason := sprintf("caps missing: order:cancel for %s", [input.payload.id])
}

is_own if input.payload.by == input.actor

# METADATA
# title: Large orders wait for the owner
deny contains "orders above 1000 are for the owner" if {
	input.intent == "order.placed"
	input.payload.price > limit
	not is_owner
}

limit := 1000

is_owner if input.actor == "user:ann"
`;

const POLICY_TEST = `package gatos.orders_test

import data.gatos.orders

cancel := {"intent": "order.cancelled", "actor": "user:bob", "granted": [], "payload": {"id": "a1", "by": "user:ann"}}

test_others_may_not_cancel if {
	count(orders.deny) == 1 with input as cancel
}

test_the_capability_suffices if {
	given := object.union(cancel, {"granted": ["order:cancel"]})
	count(orders.deny) == 0 with input as given
}
`;

const INPUT = {
  intent: "order.cancelled",
  resource: "gatos://shop",
  actor: "user:bob",
  granted: ["journal:append"],
  target: { kind: "journal" },
  payload: { id: "a1", by: "user:ann" },
};

const ITEMS = [
  ["tea", 4.5],
  ["cups", 12],
  ["kettle", 39.5],
  ["honey", 7.25],
];

/** Orders as one payload a line: placed, mostly paid, some cancelled. */
function orders(count) {
  const lines = [];
  const from = Date.UTC(2026, 0, 5, 9);
  for (let n = 0; n < count; n += 1) {
    const [item, price] = ITEMS[n % ITEMS.length];
    const id = `a${n + 1}`;
    const ts = (minutes) => new Date(from + (n * 40 + minutes) * 60_000).toISOString();
    lines.push({ type: "order.placed", id, item, price, ts: ts(0) });
    if (n % 7 === 3) {
      lines.push({ type: "order.cancelled", id, ts: ts(10) });
    } else if (n % 5 !== 4) {
      lines.push({ type: "order.paid", id, ts: ts(20) });
    }
  }
  return `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
}

/** Makes the project anew in a folder, and gives what the scenes need to know of it. */
export function make(gatos, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const env = {
    ...process.env,
    NO_COLOR: "1",
    GIT_AUTHOR_NAME: "Ann",
    GIT_AUTHOR_EMAIL: "ann@localhost",
    GIT_COMMITTER_NAME: "Ann",
    GIT_COMMITTER_EMAIL: "ann@localhost",
  };
  const run = (program, args, cwd = folder) => execFileSync(program, args, { cwd, env, stdio: "pipe" }).toString();
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  run(gatos, ["init", folder, "--actor", "user:ann"], dirname(folder));
  rmSync(join(folder, "gatos/folds/count.lua"), { force: true });
  write("orders.jsonl", orders(60));
  run(gatos, ["event", "import", "shop", "--jsonl", "orders.jsonl"]);
  write("gatos/folds/orders.lua", ORDERS_COMMITTED);
  write("gatos/policies/orders.rgs", POLICY);
  write("gatos/policies/orders_test.rgs", POLICY_TEST);
  write("cancel.json", `${JSON.stringify(INPUT, null, 2)}\n`);
  run(gatos, ["policy", "install"]);
  run(gatos, ["key", "new", "user:bob"]);
  run(gatos, ["trust", "grant", "user:bob", "journal:append"]);
  const cancel = ["--type", "order.cancelled", "--payload", '{"id":"a2","by":"user:ann"}'];
  let isDenied = false;
  try {
    run(gatos, ["event", "add", "shop", "--actor", "user:bob", ...cancel]);
  } catch {
    isDenied = true;
  }
  if (!isDenied) {
    throw new Error("the policy let pass what it must deny");
  }
  run("git", ["add", "gatos", "cancel.json", "orders.jsonl"]);
  run("git", ["commit", "--quiet", "--message", "orders"]);
  write("gatos/folds/orders.lua", ORDERS);
  write("gatos/folds/orders_test.lua", ORDERS_TEST);
  write("gatos/folds/mistakes.lua", MISTAKES);
  write("tools/plain.lua", "-- A program of another Lua.\nfor k, v in pairs({}) do print(k, v) end\n");
  write("tools/said.lua", "-- Counts.\n-- gatos: fold\nfunction fold(state, event)\n  return state\nend\n");
}
