import assert from "node:assert/strict";
import test from "node:test";
import { columnValues, inflated, parsed } from "../../Sources/Page/web/decode.mjs";
import { bytes, duration, grouped, percent, rate } from "../../Sources/Page/web/format.mjs";
import { Names, fitted } from "../../Sources/Page/web/names.mjs";
import { fragmentOf, parseFragment, Store } from "../../Sources/Page/web/state.mjs";
import { column, csv, csvField, filtered, plainText, sorted } from "../../Sources/Page/web/tables.mjs";
import { intervalAt, spanMaxima, ticks } from "../../Sources/Page/web/times.mjs";
import { documentOf } from "./fixture.mjs";
import { gzipSync } from "node:zlib";

test("columns are exact up to 2^53", () => {
  const values = [0, 127, 128, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1];
  const { column: read } = parsed(documentOf({}, [["a", values], ["b", [5, 3, 2 ** 50, 0], "delta"]]));
  assert.deepEqual([...read("a")], values);
  assert.deepEqual([...read("b")], [5, 3, 2 ** 50, 0]);
  assert.equal(read("c"), undefined);
  assert.deepEqual([...columnValues(Uint8Array.of(1), { encoding: "plain", count: 0, offset: 0 })], []);
});

test("gzip is unpacked", async () => {
  const packed = gzipSync(Uint8Array.of(1, 2, 3));
  assert.deepEqual([...(await inflated(packed))], [1, 2, 3]);
});

test("figures are written as the text reports write them", () => {
  assert.deepEqual([0, 512, 1023, 1024, 1023.6 * 1024, 12901377].map(bytes), ["0 B", "512 B", "1,023 B", "1.00 KiB", "1.00 MiB", "12.3 MiB"]);
  assert.equal(grouped(91472113), "91,472,113");
  assert.deepEqual([percent(1, 3), percent(1, 1e6), percent(999999, 1e6), percent(0, 5), percent(1, 0)], ["33.3 %", "<0.1 %", ">99.9 %", "0 %", ""]);
  assert.deepEqual([850, 12.3e6, 3.41e9, 125e9, 11220e9].map(duration), ["850 ns", "12.3 ms", "3.41 s", "2 min 05 s", "3 h 07 min"]);
  assert.deepEqual([5, 26_800_000].map(rate), ["5.00 /s", "26.8 M/s"]);
});

test("names are fitted: parameters go first, then what is outside", () => {
  assert.equal(Names.short("std::vector<int>::push_back(int const&)"), "std::vector::push_back");
  assert.equal(fitted("std::vector<int>::push_back(int const&)", 22), "std::vector::push_back");
  assert.equal(fitted("std::vector<int>::push_back(int const&)", 12), "push_back");
  assert.equal(fitted("std::vector<int>::push_back(int const&)", 5), "push…");
  assert.equal(fitted("main", 2), "");
});

test("a state goes into a fragment and comes back", () => {
  const state = { ...parseFragment(""), cost: "leaked", search: "a&b=#c", zoom: "1.2" };
  assert.deepEqual(parseFragment(`#${fragmentOf(state)}`), state);
  assert.equal(fragmentOf(parseFragment("#unknown=1")), "");
});

test("a store tells what changed, and nothing of what did not", () => {
  const store = new Store({ a: 1, b: 2 });
  const told = [];
  store.subscribe((state, keys) => told.push([state.a, [...keys]]));
  store.set({ a: 1 });
  store.set({ a: 3, b: 2 });
  assert.deepEqual(told, [[3, ["a"]]]);
});

const columns = [
  column("n", "N", { text: (row) => String(row.n), value: (row) => row.n }),
  column("s", "S", { text: (row) => row.s, kind: "text" }),
];
const rows = [{ n: 2, s: "b" }, { n: 10, s: "a" }, { n: 2, s: "=c,\"d\"" }];

test("rows are sorted by numbers as numbers, equal ones as they came", () => {
  assert.deepEqual(sorted(rows, columns, "-n").map((row) => row.s), ["a", "b", '=c,"d"']);
  assert.deepEqual(sorted(rows, columns, "s").map((row) => row.n), [2, 10, 2]);
});

test("all words of a filter must be there", () => {
  assert.equal(filtered(rows, " C  d", (row) => row.s).length, 1);
  assert.equal(filtered(rows, "", (row) => row.s).length, 3);
});

test("CSV has exact numbers, quoted text, and no formula", () => {
  assert.equal(csv(rows, columns), 'N,S\r\n2,b\r\n10,a\r\n2,"\'=c,""d"""\r\n');
  assert.equal(csvField(-5), "-5");
});

test("plain text stands in columns", () => {
  assert.equal(plainText(rows.slice(0, 2), columns), " N  S\n 2  b\n10  a");
});

test("a scale has round steps", () => {
  assert.deepEqual(ticks(4 * 1024, true), [0, 1024, 2048, 3072, 4096]);
  assert.ok(ticks(12_901_377, true).length <= 6);
  assert.deepEqual(ticks(0, true), [0]);
});

test("spans have the largest of what they hold, and go on where there is nothing", () => {
  assert.deepEqual([...spanMaxima([100, 200, 400], [6, 5, 9], 0, 400, 4)], [6, 5, 9, 9]);
  assert.deepEqual([...spanMaxima([100, 110], [6, 7], 0, 400, 4)], [6, 7, 7, 7]);
  assert.equal(intervalAt([100, 200, 400], 200), 1);
  assert.equal(intervalAt([100, 200, 400], 999), 2);
});
