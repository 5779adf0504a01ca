import assert from "node:assert/strict";
import test from "node:test";
import { CostView, outermostFrames } from "../../Sources/Page/web/calls.mjs";
import { boxAt, followPath, layout, pathOf } from "../../Sources/Page/web/flame.mjs";
import { smallSource } from "./fixture.mjs";

function view() {
  const source = smallSource();
  return new CostView(source, source.stacks.value.bytes);
}

function level(trees, node) {
  return trees.children(node).map(({ fn, value }) => [fn, value]);
}

test("from the callers down, lines of a function are one node", () => {
  const { trees, root } = view().down();
  assert.equal(root.value, 151);
  assert.equal(root.own, 1);
  assert.deepEqual(level(trees, root), [[1, 150]]);
  const [main] = trees.children(root);
  assert.deepEqual(level(trees, main), [[2, 100], [0, 50]]);
  const [work, folded] = trees.children(main);
  assert.equal(work.own, 30);
  assert.equal(folded.folds, 3);
  assert.deepEqual(level(trees, work), [[3, 40], [2, 30]]);
});

test("from what allocated up, each function begins with its own", () => {
  const { trees, root } = view().up();
  assert.equal(root.value, 150);
  assert.deepEqual(level(trees, root), [[2, 60], [0, 50], [3, 40]]);
  const [work] = trees.children(root);
  assert.deepEqual(level(trees, work), [[1, 30], [2, 30]]);
  const [, , parse] = trees.children(root);
  const [caller] = trees.children(parse);
  assert.deepEqual([caller.fn, caller.value], [2, 40]);
});

test("around a function, recursion counts once", () => {
  const { callees, callers } = view().around(2);
  assert.equal(callees.root.value, 100);
  assert.deepEqual(level(callees.trees, callees.root), [[3, 40], [2, 30]]);
  assert.equal(callers.root.value, 100);
  assert.deepEqual(level(callers.trees, callers.root), [[1, 100]]);
});

test("the outermost frames of a function are not below another of it", () => {
  assert.deepEqual(outermostFrames(smallSource().tree, 2), [2, 3]);
});

test("a search counts each stack once", () => {
  const matches = Uint8Array.of(0, 0, 1, 1);
  assert.equal(view().matched(matches), 100);
});

test("boxes of a zoom lie over the whole width, their callers above", () => {
  const { trees, root } = view().down();
  const { boxes, levels } = layout(trees, root, 151);
  assert.equal(levels, 4);
  const work = boxes.find(({ node }) => node.fn === 2 && node.depth === 2);
  assert.deepEqual([work.x, work.width], [0, 100]);
  assert.equal(boxAt(boxes, 120, 2).node.folds, 3);
  assert.equal(boxAt(boxes, 150.5, 1), undefined);
  const zoomed = layout(trees, work.node, 300);
  assert.deepEqual(zoomed.boxes.slice(0, 3).map(({ width, isPassed }) => [width, isPassed]), [[300, true], [300, true], [300, false]]);
});

test("what is too narrow to be seen is not opened", () => {
  const { trees, root } = view().down();
  layout(trees, root, 1);
  assert.equal(trees.children(trees.children(root)[0])[1].opened, undefined);
});

test("a path of functions leads to a node and back", () => {
  const { trees, root } = view().down();
  const node = followPath(trees, root, [1, 2, 3]);
  assert.deepEqual(pathOf(node), [1, 2, 3]);
  assert.deepEqual(pathOf(followPath(trees, root, [1, 9, 3])), [1]);
});
