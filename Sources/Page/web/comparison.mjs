// The page of a comparison: its head, and its tables of what was before and is after. Rows are those of
// `diff`; the largest change comes first.

import { add, byId, el, replace } from "./dom.mjs";
import { amount, baseName, counted, grouped, signedAmount } from "./format.mjs";
import { framesOf } from "./groups.mjs";
import { tiles } from "./head.mjs";
import { column } from "./tables.mjs";
import { Views } from "./views.mjs";

const matches = ["", "", "", "frames differ"];

/** A column of changes: what grew and what shrank have their colours. */
function signedColumn(key, title, kind, of) {
  return {
    ...column(key, title, { text: (row) => signedAmount(kind, of(row)), value: of }),
    draw(cell, row) {
      cell.classList.add(of(row) > 0 ? "grown" : of(row) < 0 ? "shrunk" : "same");
      add(cell, signedAmount(kind, of(row)));
    },
  };
}

export function drawComparisonHead({ facts }) {
  document.title = `${facts.run.name}: memtrace comparison`;
  replace(
    byId("head"),
    el("p", { class: "brand" }, el("span", { class: "logo", "aria-hidden": "true" }), "memtrace"),
    el("h1", {}, facts.run.name),
    facts.sides.map((side, index) =>
      el(
        "p",
        { class: "about" },
        el("strong", {}, index === 0 ? "Before: " : "After: "),
        [side.command, side.trace, side.ending, side.filter].filter(Boolean).join(" · "),
      ),
    ),
    facts.run.redacted && el("p", { class: "filter" }, "Redacted: command lines and directories are left out."),
    tiles(facts.figures),
  );
  byId("time").hidden = true;
}

function sizeOf(row) {
  return Math.abs(row.after - row.before);
}

export class ComparisonViews extends Views {
  get list() {
    const { tables } = this.source.facts;
    const [first, ...others] = tables.map(({ name, title }) => [name, title]);
    return [first, ["stacks", "Stacks"], ...others];
  }

  made(name, cost) {
    return name === "stacks" ? this.stacks(cost) : this.compared(name, cost);
  }

  /** Columns of both sides. */
  columns(cost) {
    const value = (key, title, of) => column(key, title, { text: (row) => amount(cost, of(row)), value: of });
    return [
      signedColumn("change", "Change", cost, (row) => row.after - row.before),
      value("before", "Before", (row) => row.before),
      value("after", "After", (row) => row.after),
      signedColumn("blocks", "Blocks", { isBytes: false }, (row) => row.blocksAfter - row.blocksBefore),
    ];
  }

  /** The rows of a cost that are on any side, with the largest change first. */
  rows(sides, cost, more) {
    const rows = [];
    const [before, after] = [sides.before[cost.name], sides.after[cost.name]];
    const blocks = [sides.blocksBefore[cost.name], sides.blocksAfter[cost.name]];
    for (let key = 0; key < before.length; key += 1) {
      if (blocks[0][key] === 0 && blocks[1][key] === 0) continue;
      rows.push({
        key, fn: 0, before: before[key], after: after[key], blocksBefore: blocks[0][key], blocksAfter: blocks[1][key],
        ...more(key),
      });
    }
    rows.sort((left, right) => sizeOf(right) - sizeOf(left) || right.after - left.after || left.key - right.key);
    return rows;
  }

  compared(name, cost) {
    const { facts, compared } = this.source;
    const table = facts.tables.find((each) => each.name === name);
    const hasModules = table.modules.some(Boolean);
    return {
      name,
      note: el(
        "p",
        {},
        table.about,
        table.left > 0 && ` ${counted(table.left, "row")} with smaller shares ${table.left === 1 ? "is" : "are"} left out; a larger --max-size shows more.`,
      ),
      columns: [
        ...this.columns(cost),
        this.nameColumn(table.title),
        hasModules && column("module", "Module", { text: (row) => baseName(row.module), kind: "text" }),
      ].filter(Boolean),
      rows: this.rows(compared[name], cost, (key) => ({ name: table.names[key], module: table.modules[key] })),
      order: "",
      textOf: (row) => `${row.name} ${row.module}`,
    };
  }

  stacks(cost) {
    const { sides, stacks, tree } = this.source;
    const rows = this.rows(sides, cost, (key) => ({ node: stacks.node[key], name: this.reference(stacks.node[key]) }));
    const found = (row) =>
      row.blocksBefore === 0 ? "gained" : row.blocksAfter === 0 ? "lost" : matches[stacks.match[row.key]];
    return {
      name: "stacks",
      note: el("p", {}, `${grouped(rows.length)} stacks, each with its counterpart of the same functions.`),
      columns: [
        ...this.columns(cost),
        column("found", "", { text: found, kind: "text" }),
        this.nameColumn("Stack"),
      ],
      rows,
      order: "",
      textOf: (row) => framesOf(tree, row.node).map((frame) => this.names.node(frame)).join(" "),
      open: (row) => this.frames(row.node),
    };
  }
}
