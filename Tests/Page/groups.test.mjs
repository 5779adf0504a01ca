import assert from "node:assert/strict";
import test from "node:test";
import { frameGroups, groupSums, memberSum, mergedStacks } from "../../Sources/Page/web/groups.mjs";
import { smallSource } from "./fixture.mjs";

function sums(grouping) {
  const source = smallSource();
  const groups = frameGroups(source, grouping);
  const found = groupSums(source, groups, source.stacks.value.bytes, source.stacks.blocks.bytes);
  return groups.shown.map((node, group) => [node, found.own[group], found.total[group], found.totalBlocks[group]]);
}

test("functions: own and total, a recursion once", () => {
  assert.deepEqual(sums("function"), [[0, 1, 1, 1], [1, 0, 150, 16], [2, 60, 100, 14], [5, 40, 40, 5], [6, 50, 50, 2]]);
});

test("lines are those of files, functions where there are none", () => {
  assert.deepEqual(sums("line"), [[0, 1, 1, 1], [1, 0, 150, 16], [2, 40, 40, 6], [3, 20, 60, 8], [5, 40, 40, 5], [6, 50, 50, 2]]);
});

test("files are modules where they are not known", () => {
  assert.deepEqual(sums("file"), [[0, 1, 1, 1], [1, 60, 150, 16], [5, 40, 40, 5], [6, 50, 50, 2]]);
});

test("modules", () => {
  assert.deepEqual(sums("module"), [[0, 1, 1, 1], [1, 60, 150, 16], [5, 40, 40, 5], [6, 50, 50, 2]]);
});

test("stacks that differ in lines alone are one", () => {
  const source = smallSource();
  const members = mergedStacks(source);
  assert.deepEqual(members, [[0], [1, 2], [3], [4], [5]]);
  assert.equal(memberSum(members[1], source.stacks.value.bytes, true), 30);
  assert.equal(memberSum(members[1], source.stacks.value.bytes, false), 10);
});
