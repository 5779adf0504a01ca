// A small document as PageDocument writes one, and its source.

import { documentSource } from "../../Sources/Page/web/source.mjs";

function leb(value) {
  const bytes = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** The bytes of a document of facts and columns, which are `[name, values, encoding]`. */
export function documentOf(facts, columns) {
  const bytes = [];
  const directory = columns.map(([name, values, encoding = "plain"]) => {
    const offset = bytes.length;
    let last = 0;
    for (const value of values) {
      const difference = value - last;
      if (encoding === "delta") bytes.push(...leb(difference < 0 ? -2 * difference - 1 : 2 * difference));
      else bytes.push(...leb(value));
      last = value;
    }
    return { name, encoding, count: values.length, offset };
  });
  const text = new TextEncoder().encode(JSON.stringify({ ...facts, columns: directory }));
  const document = new Uint8Array(4 + text.length + bytes.length);
  new DataView(document.buffer).setUint32(0, text.length, true);
  document.set(text, 4);
  document.set(bytes, 4 + text.length);
  return document;
}

/**
 * main calls work at two lines, and work calls itself; both allocate, and so does parse below work.
 * A node stands for three smaller stacks below main; one stack was not recorded.
 */
export function smallSource() {
  const facts = {
    run: { startNanoseconds: 0, durationNanoseconds: 400 },
    intervals: 4,
    intervalNanoseconds: 101,
    folding: { stacks: 8, folded: 3, values: {} },
    costs: [
      { name: "bytes", title: "Bytes", isBytes: true, isAdditive: true, total: 151 },
      { name: "allocations", title: "Allocations", isBytes: false, isAdditive: true, total: 17 },
    ],
    functions: ["main", "work", "parse<int, char>(char const*)"],
    functionModules: [1, 1, 2],
    functionClasses: [0, 0, 1],
    distinctions: [],
    modules: ["/bin/app", "/lib/libparse.so"],
    files: ["/src/main.c"],
    threads: [],
  };
  //           root main work work work parse folded
  const parents = [0, 0, 1, 1, 2, 3, 1];
  return documentSource(
    documentOf(facts, [
      ["node.parent", parents.map((parent, node) => node - parent)],
      ["node.function", [0, 1, 2, 2, 2, 3, 0]],
      ["node.file", [0, 1, 1, 1, 1, 0, 0]],
      ["node.line", [0, 3, 10, 11, 10, 0, 0]],
      ["node.flags", [0, 0, 0, 0, 4, 1, 0]],
      ["node.folded", [0, 0, 0, 0, 0, 0, 3]],
      ["stack.node", [0, 2, 3, 4, 5, 6], "delta"],
      ["value.bytes", [1, 10, 20, 30, 40, 50]],
      ["blocks.bytes", [1, 2, 3, 4, 5, 2]],
      ["value.allocations", [1, 2, 3, 4, 5, 2]],
      ["stack.suppressed", [0, 0, 0, 0, 0, 0]],
      ["stack.suppressedBlocks", [0, 0, 0, 0, 0, 0]],
      // Of stack 1: in interval 0, from 0 to 2, and for good from 1 on; of stack 3: from 2 to 3.
      ["life.stack", [1, 1, 1, 3], "delta"],
      ["life.birth", [0, 0, 1, 2], "delta"],
      ["life.death", [0, 2, 4, 3], "delta"],
      ["life.blocks", [1, 2, 3, 4]],
      ["life.bytes", [10, 20, 30, 40]],
      ["interval.peak", [30, 50, 90, 70], "delta"],
      ["interval.peakBlocks", [3, 5, 9, 7], "delta"],
      ["time.end", [100, 200, 400], "delta"],
      ["time.live", [5, 3, 9], "delta"],
      ["time.least", [0, 3, 3], "delta"],
      ["time.most", [6, 5, 9], "delta"],
      ["time.blocks", [1, 1, 2], "delta"],
      ["time.allocations", [10, 5, 2], "delta"],
      ["time.bytes", [100, 30, 21], "delta"],
      ["resident.time", []],
      ["resident.bytes", []],
      ["resident.program", []],
    ]),
  );
}
