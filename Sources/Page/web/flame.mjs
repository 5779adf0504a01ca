// Which boxes of a tree of calls a picture shows, and where. Only what is wide enough to be seen is
// opened, so the work depends on the picture and not on the tree.

/** The narrowest box that is drawn, in pixels. */
const leastWidth = 0.6;

/** The node at the end of a path of functions below a root, as far as there is one. */
export function followPath(trees, root, path) {
  let node = root;
  for (const fn of path) {
    const next = trees.children(node).find((child) => child.fn === fn);
    if (!next) break;
    node = next;
  }
  return node;
}

/** The functions from below the root to a node. */
export function pathOf(node) {
  const path = [];
  for (let at = node; at.parent; at = at.parent) path.unshift(at.fn);
  return path;
}

/**
 * The boxes of a zoom: the callers of `zoomed` over the whole width, what it calls in proportion.
 * `x` and `width` are pixels, `level` counts from the root.
 */
export function layout(trees, zoomed, width) {
  const boxes = [];
  for (let node = zoomed.parent; node; node = node.parent) {
    boxes.push({ node, x: 0, width, level: node.depth, isPassed: true });
  }
  boxes.reverse();
  let deepest = zoomed.depth;
  const scale = zoomed.value > 0 ? width / zoomed.value : 0;
  const pending = [{ node: zoomed, x: 0 }];
  while (pending.length > 0) {
    const { node, x } = pending.pop();
    const box = { node, x, width: node.value * scale, level: node.depth, isPassed: false };
    boxes.push(box);
    if (node.depth > deepest) deepest = node.depth;
    let start = x;
    for (const child of trees.children(node)) {
      const childWidth = child.value * scale;
      // Children are costliest first: the others are narrower still.
      if (childWidth < leastWidth) break;
      pending.push({ node: child, x: start });
      start += childWidth;
    }
  }
  return { boxes, levels: deepest + 1 };
}

/** The box at a place, if there is one. */
export function boxAt(boxes, x, level) {
  return boxes.find((box) => box.level === level && x >= box.x && x < box.x + box.width);
}
