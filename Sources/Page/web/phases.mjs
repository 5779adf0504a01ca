// The phases and snapshots that the program named: what each cost, and their windows.

import { add, el } from "./dom.mjs";
import { bytes, counted, duration, grouped, percent, signedAmount } from "./format.mjs";
import { column } from "./tables.mjs";

const inBytes = { isBytes: true };
const shownTimes = 20;

function bytesColumn(key, title, help) {
  return column(key, title, { text: (row) => bytes(row[key]), value: (row) => row[key], help });
}

function nameColumn(title, textOf) {
  return {
    ...column("name", title, { text: textOf, kind: "text" }),
    draw(cell, row) {
      cell.style.setProperty("--depth", Math.min(row.depth ?? 0, 8));
      add(cell, el("code", {}, row.name), textOf(row).slice(row.name.length));
    },
  };
}

function left(count, shown, noun) {
  return count > shown && el("p", {}, `The first ${shown} of ${counted(count, noun)}.`);
}

/** A button that shows the window of two moments. */
function windowButton(source, choose, start, end, words) {
  if (!source.lives) return el("span", {}, words);
  return el("button", { type: "button", onclick: () => choose(start, end) }, words);
}

function phaseText(row) {
  return `${row.name}${row.freeStanding ? " (free-standing)" : ""}${row.notEnded > 0 ? " (not ended)" : ""}`;
}

export function phasesTable(source, choose) {
  const { facts } = source;
  return {
    name: "phases",
    note: [
      left(facts.phaseCount, facts.phases.length, "phase"),
      el(
        "p",
        { class: "quiet" },
        "Bytes are live in the whole process: when the phase first began, at most, and when it last ended; growth is the sum over all its times. " +
          "Allocations are those of its thread, or of all threads if it is free-standing. A row opens to its times, which choose their windows: those of whole intervals around them.",
      ),
    ],
    columns: [
      column("entered", "Entered", { text: (row) => grouped(row.entered), value: (row) => row.entered }),
      column("time", "Time", { text: (row) => duration(row.timeNanoseconds), value: (row) => row.timeNanoseconds }),
      bytesColumn("initialBytes", "Initial"),
      bytesColumn("peakBytes", "Peak"),
      bytesColumn("finalBytes", "Final"),
      column("growthBytes", "Growth", { text: (row) => signedAmount(inBytes, row.growthBytes), value: (row) => row.growthBytes }),
      column("allocations", "Allocations", { text: (row) => grouped(row.allocations), value: (row) => row.allocations }),
      column("temporary", "Temporary", {
        text: (row) => percent(row.temporaryAllocations, row.allocations),
        value: (row) => row.temporaryAllocations,
      }),
      nameColumn("Phase", phaseText),
    ],
    rows: facts.phases.map((phase, key) => ({ ...phase, key, fn: 0 })),
    order: "",
    textOf: phaseText,
    open: (row) =>
      el(
        "ol",
        { class: "times" },
        row.times.slice(0, shownTimes).map((time) =>
          el(
            "li",
            {},
            windowButton(source, choose, time.startNanoseconds, time.endNanoseconds, `${duration(time.startNanoseconds)} to ${duration(time.endNanoseconds)}`),
            ` ${bytes(time.peakBytes)} at most, ${signedAmount(inBytes, time.growthBytes)}`,
          ),
        ),
        row.entered > shownTimes && el("li", { class: "quiet" }, `and ${counted(row.entered - shownTimes, "more time")}`),
      ),
  };
}

export function snapshotsTable(source, choose) {
  const { facts } = source;
  return {
    name: "snapshots",
    note: left(facts.snapshotCount, facts.snapshots.length, "snapshot"),
    columns: [
      column("time", "Time", { text: (row) => duration(row.timeNanoseconds), value: (row) => row.timeNanoseconds }),
      bytesColumn("liveBytes", "Live"),
      column("liveBlocks", "Blocks", { text: (row) => grouped(row.liveBlocks), value: (row) => row.liveBlocks }),
      column("residentBytes", "Resident", {
        text: (row) => (row.residentBytes === 0 ? "?" : bytes(row.residentBytes)),
        value: (row) => row.residentBytes,
      }),
      nameColumn("Snapshot", (row) => row.name),
    ],
    rows: facts.snapshots.map((snapshot, key) => ({ ...snapshot, key, fn: 0 })),
    order: "",
    textOf: (row) => row.name,
    open: (row) => windowButton(source, choose, 0, row.timeNanoseconds, "What was live then: the window from the start to it"),
  };
}
