// Draws a table: its head sorts, a field filters as one types, rows are chosen and open, and what is
// shown goes to the clipboard or into a CSV file.

import { add, el, replace } from "./dom.mjs";
import { grouped } from "./format.mjs";
import { csv, filtered, plainText, sorted } from "./tables.mjs";

const firstRows = 50;
const moreRows = 200;

export class TableView {
  /**
   * `owner` is told `sortBy(order)`, `filterBy(text)` and `pick(row)`; it knows `isPicked(row)` and has
   * `open(row)`, which makes what a row opens to.
   */
  constructor(host, owner) {
    this.owner = owner;
    this.shown = firstRows;
    this.opened = new Set();
    this.field = el("input", {
      type: "search",
      placeholder: "Filter rows",
      "aria-label": "Filter rows",
      oninput: () => owner.filterBy(this.field.value),
    });
    this.count = el("span", { class: "count", "aria-live": "polite" });
    this.copy = el("button", { type: "button", onclick: () => this.copyText() }, "Copy");
    this.download = el("button", { type: "button", onclick: () => this.downloadCSV() }, "CSV");
    this.body = el("div", { class: "scroll" });
    replace(host, el("div", { class: "bar" }, this.field, this.count, this.copy, this.download), this.body);
  }

  /** Shows rows; `definition` has `name`, `columns`, `rows`, `order` and `textOf`. */
  show(definition, { order, filter }) {
    if (definition.name !== this.definition?.name) {
      this.shown = firstRows;
      this.opened.clear();
    }
    this.definition = definition;
    this.order = order || definition.order;
    if (this.field.value !== filter) this.field.value = filter;
    this.rows = sorted(filtered(definition.rows, filter, definition.textOf), definition.columns, this.order);
    this.draw();
  }

  draw() {
    const { columns, rows: all } = this.definition;
    const count = this.rows.length;
    replace(this.count, count === all.length ? grouped(count) : `${grouped(count)} of ${grouped(all.length)}`);
    const head = el("tr", {}, columns.map((each) => this.headCell(each)));
    this.lines = el("tbody");
    for (const row of this.rows.slice(0, this.shown)) this.addRow(row);
    replace(this.body, el("table", { class: this.definition.name }, el("thead", {}, head), this.lines));
    if (count === 0) add(this.body, el("p", { class: "quiet" }, "No row."));
    if (count > this.shown) {
      const more = el(
        "button",
        {
          type: "button",
          class: "more",
          onclick: () => {
            this.shown += moreRows;
            this.draw();
          },
        },
        `Show ${grouped(Math.min(moreRows, count - this.shown))} more of ${grouped(count)}`,
      );
      add(this.body, more);
    }
  }

  headCell(each) {
    const isSorted = this.order.replace(/^-/, "") === each.key;
    const isReversed = isSorted && this.order.startsWith("-");
    const first = each.kind === "number" ? `-${each.key}` : each.key;
    const other = each.kind === "number" ? each.key : `-${each.key}`;
    const next = isSorted && this.order === first ? other : first;
    return el(
      "th",
      { class: `${each.kind} ${each.key}`, "aria-sort": isSorted ? (isReversed ? "descending" : "ascending") : undefined },
      el("button", { type: "button", title: each.help || undefined, onclick: () => this.owner.sortBy(next) }, each.title),
    );
  }

  addRow(row) {
    const { columns, open } = this.definition;
    const isOpen = this.opened.has(row.key);
    const line = el("tr", {
      tabindex: 0,
      "aria-selected": this.owner.isPicked(row) ? "true" : undefined,
      "aria-expanded": open ? String(isOpen) : undefined,
      onclick: () => this.choose(row),
      onkeydown: (event) => this.key(event, row),
    });
    for (const each of columns) {
      const cell = el("td", { class: `${each.kind} ${each.key}` });
      if (each.draw) each.draw(cell, row);
      else add(cell, each.text(row));
      line.append(cell);
    }
    this.lines.append(line);
    if (isOpen && open) {
      this.lines.append(el("tr", { class: "opened" }, el("td", { colspan: columns.length }, open(row))));
    }
  }

  choose(row) {
    if (this.opened.has(row.key)) this.opened.delete(row.key);
    else this.opened.add(row.key);
    this.owner.pick(row);
    this.draw();
    this.lines.querySelector(`tr:nth-child(${this.placeOf(row)})`)?.focus({ preventScroll: true });
  }

  placeOf(row) {
    let place = 1;
    for (const each of this.rows) {
      if (each === row) return place;
      place += this.opened.has(each.key) && this.definition.open ? 2 : 1;
    }
    return 0;
  }

  key(event, row) {
    const line = event.currentTarget;
    if (event.key === "Enter" || event.key === " ") this.choose(row);
    else if (event.key === "ArrowDown") this.step(line, "nextElementSibling");
    else if (event.key === "ArrowUp") this.step(line, "previousElementSibling");
    else return;
    event.preventDefault();
  }

  step(line, direction) {
    let next = line[direction];
    while (next && !next.hasAttribute("tabindex")) next = next[direction];
    next?.focus();
  }

  async copyText() {
    const text = plainText(this.rows, this.definition.columns);
    try {
      await navigator.clipboard.writeText(text);
      this.say("Copied");
    } catch {
      // A page from a file may not write to the clipboard by itself.
      const field = el("textarea", { class: "offscreen" });
      field.value = text;
      document.body.append(field);
      field.select();
      this.say(document.execCommand("copy") ? "Copied" : "Not copied");
      field.remove();
    }
  }

  say(text) {
    replace(this.copy, text);
    setTimeout(() => replace(this.copy, "Copy"), 1500);
  }

  downloadCSV() {
    const blob = new Blob([csv(this.rows, this.definition.columns)], { type: "text/csv" });
    const link = el("a", { href: URL.createObjectURL(blob), download: `${this.definition.name}.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
