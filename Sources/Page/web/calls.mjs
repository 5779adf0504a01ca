// Calls as a tree that is opened as far as it is looked at: from the outermost functions down, from what
// allocated up to its callers, or around one function. A node stands for all frames of one path of
// functions, whatever their lines; its children are costliest first.

/** Of each node of the frames: the sum over the stacks that end in it or below it. */
export function inclusiveSums(tree, stacks, values) {
  const sums = new Float64Array(tree.count);
  for (let index = 0; index < stacks.node.length; index += 1) sums[stacks.node[index]] += values[index];
  for (let node = tree.count - 1; node > 0; node -= 1) sums[tree.parent[node]] += sums[node];
  return sums;
}

/** The nodes below each node: those of `node` are `list[start[node]]` up to `list[start[node + 1]]`. */
export function childLists(tree) {
  const start = new Int32Array(tree.count + 1);
  for (let node = 1; node < tree.count; node += 1) start[tree.parent[node] + 1] += 1;
  for (let node = 0; node < tree.count; node += 1) start[node + 1] += start[node];
  const next = start.slice();
  const list = new Int32Array(Math.max(0, tree.count - 1));
  for (let node = 1; node < tree.count; node += 1) {
    const parent = tree.parent[node];
    list[next[parent]] = node;
    next[parent] += 1;
  }
  return { start, list };
}

function costliestFirst(groups) {
  const nodes = [...groups.values()];
  nodes.sort((left, right) => right.value - left.value || left.fn - right.fn);
  return nodes;
}

/** One function on a path. `frames` are the tree's nodes that it stands for. */
function callNode(fn, parent) {
  return {
    fn,
    parent,
    depth: parent ? parent.depth + 1 : 0,
    // How many smaller stacks it stands for.
    folds: 0,
    value: 0,
    own: 0,
    frames: [],
    weights: undefined,
    opened: undefined,
  };
}

function child(groups, parent, tree, frame) {
  const fn = tree.fn[frame];
  let group = groups.get(fn);
  if (!group) {
    group = callNode(fn, parent);
    groups.set(fn, group);
  }
  group.folds += tree.folded[frame];
  return group;
}

/** From the callers down to what they call. */
class Down {
  constructor(tree, lists, sums, own) {
    this.tree = tree;
    this.lists = lists;
    this.sums = sums;
    this.own = own;
  }

  root(frames, fn = 0) {
    const root = callNode(fn);
    root.frames = frames;
    for (const frame of frames) {
      root.value += this.sums[frame];
      root.own += this.own[frame];
    }
    return root;
  }

  children(node) {
    if (node.opened) return node.opened;
    const { start, list } = this.lists;
    const groups = new Map();
    for (const caller of node.frames) {
      for (let place = start[caller]; place < start[caller + 1]; place += 1) {
        const frame = list[place];
        if (this.sums[frame] <= 0) continue;
        const group = child(groups, node, this.tree, frame);
        group.frames.push(frame);
        group.value += this.sums[frame];
        group.own += this.own[frame];
      }
    }
    node.opened = costliestFirst(groups);
    return node.opened;
  }
}

/** From what allocated, or from one function, up to the callers. */
class Up {
  constructor(tree) {
    this.tree = tree;
  }

  /** All stacks: the first level is what allocated. */
  root(frames, weights, fn = 0) {
    const root = callNode(fn);
    root.frames = frames;
    root.weights = weights;
    for (const weight of weights) root.value += weight;
    return root;
  }

  children(node) {
    if (node.opened) return node.opened;
    const groups = new Map();
    for (let index = 0; index < node.frames.length; index += 1) {
      const from = node.frames[index];
      // Of the root of all stacks the frames are the first level themselves.
      const frame = node.parent || node.fn !== 0 ? this.tree.parent[from] : from;
      if (frame === 0) {
        node.own += node.weights[index];
        continue;
      }
      const group = child(groups, node, this.tree, frame);
      group.frames.push(frame);
      (group.weights ??= []).push(node.weights[index]);
      group.value += node.weights[index];
    }
    node.opened = costliestFirst(groups);
    return node.opened;
  }
}

/** The outermost frames of a function: no frame of it calls them. */
export function outermostFrames(tree, fn) {
  const inside = new Uint8Array(tree.count);
  const frames = [];
  for (let node = 1; node < tree.count; node += 1) {
    inside[node] = inside[tree.parent[node]];
    if (tree.fn[node] !== fn) continue;
    if (!inside[node]) frames.push(node);
    inside[node] = 1;
  }
  return frames;
}

/** The stacks by one cost, and trees of calls of them. */
export class CostView {
  constructor(source, values) {
    this.tree = source.tree;
    this.stacks = source.stacks;
    this.values = values;
    this.lists = source.lists ??= childLists(source.tree);
    this.sums = inclusiveSums(this.tree, this.stacks, values);
    this.own = new Float64Array(this.tree.count);
    for (let index = 0; index < values.length; index += 1) {
      this.own[this.stacks.node[index]] += values[index];
    }
    this.total = this.sums[0];
  }

  down() {
    const trees = new Down(this.tree, this.lists, this.sums, this.own);
    return { trees, root: trees.root([0]) };
  }

  up() {
    const frames = [];
    const weights = [];
    for (let index = 0; index < this.values.length; index += 1) {
      if (this.values[index] > 0 && this.stacks.node[index] > 0) {
        frames.push(this.stacks.node[index]);
        weights.push(this.values[index]);
      }
    }
    const trees = new Up(this.tree);
    return { trees, root: trees.root(frames, weights) };
  }

  /** A function with those that it calls, and with those that call it. */
  around(fn) {
    const frames = outermostFrames(this.tree, fn).filter((frame) => this.sums[frame] > 0);
    const callees = new Down(this.tree, this.lists, this.sums, this.own);
    const callers = new Up(this.tree);
    return {
      callees: { trees: callees, root: callees.root(frames, fn) },
      callers: {
        trees: callers,
        root: callers.root(frames, frames.map((frame) => this.sums[frame]), fn),
      },
    };
  }

  /** What is allocated on stacks with a function that matches, each stack once. */
  matched(matches) {
    const inside = new Uint8Array(this.tree.count);
    let sum = 0;
    for (let node = 1; node < this.tree.count; node += 1) {
      inside[node] = inside[this.tree.parent[node]] || matches[this.tree.fn[node]] ? 1 : 0;
      if (inside[node]) sum += this.own[node];
    }
    return sum;
  }
}
