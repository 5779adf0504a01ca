// Where the page's figures come from. A DataSource has `facts`, the `stacks` as a tree with costs, the
// `times` over the run, and `lives`, of which windows are made. The one here reads what is embedded in
// the page.

import { base64Bytes, inflated, parsed } from "./decode.mjs";

/** The tree of frames, told apart by lines: parents precede their children, node 0 is the root. */
function readTree(column) {
  const parent = new Int32Array(column("node.parent"));
  for (let node = 0; node < parent.length; node += 1) parent[node] = node - parent[node];
  return {
    count: parent.length,
    parent,
    fn: new Int32Array(column("node.function")),
    file: new Int32Array(column("node.file")),
    line: new Int32Array(column("node.line")),
    flags: new Uint8Array(column("node.flags")),
    folded: new Int32Array(column("node.folded")),
  };
}

/** An object whose members are read when they are first asked for. */
function lazily(names, read) {
  const object = {};
  for (const name of names) {
    Object.defineProperty(object, name, {
      configurable: true,
      get() {
        const value = read(name);
        Object.defineProperty(object, name, { value });
        return value;
      },
    });
  }
  return object;
}

/** What was allocated on stacks: `node[i]` is where the i-th ends. */
function readStacks(facts, column) {
  const names = facts.costs.map((cost) => cost.name);
  const value = lazily(names, (name) => column(`value.${name}`));
  return {
    node: new Int32Array(column("stack.node")),
    value,
    // A cost that counts blocks has no blocks beside it.
    blocks: lazily(names, (name) => column(`blocks.${name}`) ?? value[name]),
    suppressed: column("stack.suppressed"),
    suppressedBlocks: column("stack.suppressedBlocks"),
  };
}

function readTimes(column) {
  const names = ["end", "live", "least", "most", "blocks", "allocations", "bytes"];
  const times = Object.fromEntries(names.map((name) => [name, column(`time.${name}`)]));
  times.resident = {
    time: column("resident.time"),
    bytes: column("resident.bytes"),
    program: column("resident.program"),
  };
  return times;
}

/** When blocks lived, in intervals of the run; undefined where that is not known. */
function readLives(column) {
  const stack = column("life.stack");
  if (!stack) return undefined;
  return {
    stack: new Int32Array(stack),
    birth: new Int32Array(column("life.birth")),
    death: new Int32Array(column("life.death")),
    blocks: column("life.blocks"),
    bytes: column("life.bytes"),
    peak: column("interval.peak"),
    peakBlocks: column("interval.peakBlocks"),
  };
}

/** By function: a number that functions of one name, module and distinction share. */
function labels(facts) {
  const distinctions = new Map(facts.distinctions.map(({ function: fn, text }) => [fn, text]));
  const numbers = new Map();
  const labelOf = new Int32Array(facts.functions.length + 1);
  facts.functions.forEach((name, index) => {
    const distinction = distinctions.get(index + 1) ?? "";
    const key = JSON.stringify([name, facts.functionModules[index], distinction]);
    if (!numbers.has(key)) numbers.set(key, numbers.size + 1);
    labelOf[index + 1] = numbers.get(key);
  });
  return { labelOf, distinctions };
}

/** The larger of two values, each by each. */
function larger(left, right) {
  return left.map((value, index) => Math.max(value, right[index]));
}

/** What the entries of a comparison cost on both sides: of its stacks, or of a table with a name. */
function readSides(facts, column, table = "") {
  const costs = new Map(facts.costs.map((cost) => [cost.name, cost]));
  const read = (member) => lazily([...costs.keys()], (name) => column(`${table}${member}.${name}`));
  const [before, after] = [read("before"), read("after")];
  // A cost that counts blocks has no blocks beside it.
  const readBlocks = (member, values) =>
    lazily([...costs.keys()], (name) => (costs.get(name).isBytes ? column(`${table}${member}.${name}`) : values[name]));
  return { before, after, blocksBefore: readBlocks("blocksBefore", before), blocksAfter: readBlocks("blocksAfter", after) };
}

/** The source of a comparison: its stacks count with what they had on the side where that was more. */
function comparisonSource(facts, column) {
  const names = facts.costs.map((cost) => cost.name);
  const sides = readSides(facts, column);
  return {
    facts,
    ...labels(facts),
    tree: readTree(column),
    sides,
    compared: Object.fromEntries(facts.tables.map(({ name }) => [name, readSides(facts, column, `${name}.`)])),
    stacks: {
      node: new Int32Array(column("stack.node")),
      match: new Uint8Array(column("stack.match")),
      value: lazily(names, (name) => larger(sides.before[name], sides.after[name])),
      blocks: lazily(names, (name) => larger(sides.blocksBefore[name], sides.blocksAfter[name])),
    },
  };
}

/** The source of a document that was read. */
export function documentSource(document) {
  const { facts, column } = parsed(document);
  if (facts.sides) return comparisonSource(facts, column);
  return {
    facts,
    ...labels(facts),
    tree: readTree(column),
    stacks: readStacks(facts, column),
    times: readTimes(column),
    lives: readLives(column),
  };
}

/** The source that a page carries in itself. */
export async function embeddedSource(text) {
  return documentSource(await inflated(base64Bytes(text.trim())));
}
