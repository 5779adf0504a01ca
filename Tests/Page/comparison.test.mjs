// A comparison's source and its trees of calls: what was on either side, and the larger as the width.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CostView } from "../../Sources/Page/web/calls.mjs";
import { changeColour } from "../../Sources/Page/web/colours.mjs";
import { documentSource } from "../../Sources/Page/web/source.mjs";
import { documentOf } from "./fixture.mjs";

/** main calls old, which is gone, new, which came, and kept, which grew. */
function comparison() {
  const facts = {
    sides: [{}, {}],
    run: {},
    folding: { stacks: 3, folded: 0, values: {} },
    costs: [
      { name: "bytes", isBytes: true, isAdditive: true, before: 140, after: 180 },
      { name: "allocations", isBytes: false, isAdditive: true, before: 5, after: 6 },
    ],
    functions: ["main", "old", "new", "kept"],
    functionModules: [1, 1, 1, 1],
    functionClasses: [0, 0, 0, 0],
    distinctions: [],
    modules: ["/bin/app"],
    files: [],
    tables: [{ name: "functions", names: ["main"], modules: ["/bin/app"], left: 0 }],
  };
  const table = [
    ["before.bytes", [100, 0, 40]],
    ["after.bytes", [0, 120, 60]],
    ["blocksBefore.bytes", [1, 0, 4]],
    ["blocksAfter.bytes", [0, 2, 4]],
    ["before.allocations", [1, 0, 4]],
    ["after.allocations", [0, 2, 4]],
  ];
  return documentSource(
    documentOf(facts, [
      ["node.parent", [0, 1, 1, 2, 3]],
      ["node.function", [0, 1, 2, 3, 4]],
      ["node.file", [0, 0, 0, 0, 0]],
      ["node.line", [0, 0, 0, 0, 0]],
      ["node.flags", [0, 0, 0, 0, 0]],
      ["node.folded", [0, 0, 0, 0, 0]],
      ["stack.node", [2, 3, 4], "delta"],
      ["stack.match", [0, 0, 1]],
      ...table,
      ["functions.before.bytes", [140]],
      ["functions.after.bytes", [180]],
      ["functions.blocksBefore.bytes", [5]],
      ["functions.blocksAfter.bytes", [6]],
      ["functions.before.allocations", [5]],
      ["functions.after.allocations", [6]],
    ]),
  );
}

function viewOf(source, cost) {
  return new CostView(source, source.stacks.value[cost], { before: source.sides.before[cost], after: source.sides.after[cost] });
}

const seen = (node) => [node.fn, node.value, node.before, node.after];

test("stacks are as wide as their larger side", () => {
  const source = comparison();
  assert.deepEqual([...source.stacks.value.bytes], [100, 120, 60]);
  assert.deepEqual([...source.stacks.blocks.bytes], [1, 2, 4]);
  assert.deepEqual([...source.stacks.blocks.allocations], [1, 2, 4]);
  assert.deepEqual([...source.compared.functions.after.bytes], [180]);
});

test("down: each node has what its stacks were and are", () => {
  const { trees, root } = viewOf(comparison(), "bytes").down();
  assert.deepEqual(seen(root), [0, 280, 140, 180]);
  const [main] = trees.children(root);
  assert.deepEqual(seen(main), [1, 280, 140, 180]);
  assert.deepEqual(trees.children(main).map(seen), [[3, 120, 0, 120], [2, 100, 100, 0], [4, 60, 40, 60]]);
});

test("inverted and around: the same sums by callers", () => {
  const view = viewOf(comparison(), "allocations");
  const { trees, root } = view.up();
  assert.deepEqual(seen(root), [0, 7, 5, 6]);
  assert.deepEqual(trees.children(root).map(seen), [[4, 4, 4, 4], [3, 2, 0, 2], [2, 1, 1, 0]]);
  const [kept] = trees.children(root);
  assert.deepEqual(trees.children(kept).map(seen), [[1, 4, 4, 4]]);
  const { callers, callees } = view.around(3);
  assert.deepEqual(seen(callees.root), [3, 2, 0, 2]);
  assert.deepEqual(callers.trees.children(callers.root).map(seen), [[1, 2, 0, 2]]);
});

const hue = (before, after) => Number(/hsl\((\d+)/.exec(changeColour(before, after, false))[1]);

test("what grew is red, what shrank is blue, what is the same is grey", () => {
  assert.equal(hue(1, 2), 8);
  assert.equal(hue(2, 1), 212);
  assert.equal(hue(2, 2), 36);
  assert.equal(hue(0, 0), 36);
});
