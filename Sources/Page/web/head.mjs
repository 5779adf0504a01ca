// The page's head and foot: what ran, its figures, the answers, and what to know before believing them.

import { add, byId, el, replace } from "./dom.mjs";
import { amount, bytes, counted, percent } from "./format.mjs";

/** The figures as tiles. */
export function tiles(figures) {
  return el(
    "dl",
    { class: "tiles" },
    gathered(figures).map(({ label, value, remark, more }) =>
      el(
        "div",
        { class: "tile", title: more.join("\n") || undefined },
        el("dt", {}, label),
        el("dd", { class: "value" }, value),
        remark && el("dd", { class: "remark" }, remark),
      ),
    ),
  );
}

/** Figures that begin with blanks belong to the one before. */
function gathered(figures) {
  const list = [];
  for (const { label, value, remark } of figures) {
    // The allocations less the leaks.
    if (label === "Frees") continue;
    if (label.startsWith(" ") && list.length > 0) {
      list[list.length - 1].more.push(`${label.trim()}: ${value} ${remark}`);
    } else {
      list.push({ label, value, remark, more: [] });
    }
  }
  return list;
}

export function drawHead({ facts }) {
  const { run } = facts;
  document.title = `${run.name}: memtrace report`;
  const about = [
    run.command && el("code", { class: "command", title: run.command }, run.command),
    el(
      "p",
      { class: "about" },
      [
        run.started,
        run.directory && `in ${run.directory}`,
        run.pid !== null && `pid ${run.pid}`,
        counted(run.threads, "thread"),
        run.trace && `${run.trace}, ${bytes(run.traceBytes)}`,
      ]
        .filter(Boolean)
        .join(" · "),
    ),
  ];
  replace(
    byId("head"),
    el("p", { class: "brand" }, el("span", { class: "logo", "aria-hidden": "true" }), "memtrace"),
    el("h1", {}, run.name, run.ending && el("span", { class: "ending" }, ` ${run.ending}`)),
    about,
    run.filter && el("p", { class: "filter" }, run.filter),
    run.redacted && el("p", { class: "filter" }, "Redacted: command line, directories and marks are left out."),
    tiles(facts.figures),
  );
}

const weightNames = { look: "Look at this", note: "Good to know", fine: "Nothing to do" };

/** The verdicts. Their figures are links to states of the page; `go` follows one. */
export function drawAnswers({ facts }, go) {
  const damage = facts.notices.filter((notice) => notice.severity === "damage");
  replace(
    byId("answers"),
    damage.map((notice) => el("p", { class: "damage", role: "alert" }, notice.message)),
    el(
      "ul",
      { class: "verdicts" },
      facts.verdicts.map((verdict) =>
        el(
          "li",
          { class: `verdict ${verdict.weight}` },
          el("span", { class: "topic", title: weightNames[verdict.weight] }, verdict.topic),
          el(
            "p",
            {},
            verdict.parts.map((part) =>
              part.link === undefined
                ? part.text
                : el(
                    "a",
                    {
                      href: `#${part.link}`,
                      onclick: (event) => {
                        event.preventDefault();
                        go(part.link);
                      },
                    },
                    part.text,
                  ),
            ),
          ),
        ),
      ),
    ),
  );
}

/** What of the figures on the page is not of single stacks. */
export function foldingSentence(facts, cost) {
  const { stacks, folded, values } = facts.folding;
  if (folded === 0) return `All ${counted(stacks, "stack")} are on this page.`;
  const value = values[cost.name];
  const share = value === undefined ? "" : `, with ${amount(cost, value)} (${percent(value, cost.total)}) of this cost`;
  return (
    `${counted(folded, "smaller stack")} of ${counted(stacks, "stack")} ${folded === 1 ? "is" : "are"} added up below their callers${share}: ` +
    "sums are exact, but functions that only these call are not listed. A larger --max-size shows more."
  );
}

export function drawFoot({ facts }, cost) {
  const notices = facts.notices.filter((notice) => notice.severity !== "damage");
  const foot = byId("foot");
  replace(foot);
  if (notices.length > 0) {
    add(
      foot,
      el("h2", {}, "Notes"),
      el("ul", { class: "notes" }, notices.map((notice) => el("li", { class: notice.severity }, notice.message))),
    );
  }
  add(
    foot,
    el("p", { id: "folding" }, foldingSentence(facts, cost)),
    !facts.run.followsBlocks &&
      el("p", {}, "Made with --quick: growth, sizes, lifetimes, own peaks and what realloc cost are left out."),
    el("p", { class: "made" }, `Made by memtrace-analyze ${facts.analyzerVersion}. This file loads nothing and sends nothing.`),
  );
}
