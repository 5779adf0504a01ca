// Tables as values: which rows there are, in which order, and as text. Drawing them is `tableview`'s.

/** A column: its name, what a row has there as text and as a number or text to sort by. */
export function column(key, title, { text, value, kind = "number", help = "" }) {
  return { key, title, text, value: value ?? text, kind, help };
}

/** The rows that a text filters: all its words appear, whatever their case. */
export function filtered(rows, filter, textOf) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = textOf(row).toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The rows in the order of a column; `order` is its key, with `-` before it for the largest first. */
export function sorted(rows, columns, order) {
  const isReversed = order.startsWith("-");
  const chosen = columns.find((each) => each.key === order.replace(/^-/, ""));
  if (!chosen) return rows;
  const sign = isReversed ? -1 : 1;
  const keyed = rows.map((row, place) => ({ row, place, key: chosen.value(row) }));
  keyed.sort((left, right) => {
    if (left.key < right.key) return -sign;
    if (left.key > right.key) return sign;
    return left.place - right.place;
  });
  return keyed.map(({ row }) => row);
}

/** A field of CSV (RFC 4180). What a spreadsheet would take for a formula begins with a quote sign. */
export function csvField(value) {
  let text = String(value);
  if (typeof value === "string" && /^[=+\-@\t]/.test(text)) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table as CSV, with exact numbers. */
export function csv(rows, columns) {
  const lines = [columns.map((each) => csvField(each.title)).join(",")];
  for (const row of rows) lines.push(columns.map((each) => csvField(each.value(row))).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

/** A table as text in columns. */
export function plainText(rows, columns) {
  const cells = [columns.map((each) => each.title), ...rows.map((row) => columns.map((each) => each.text(row)))];
  const widths = columns.map((each, index) => Math.max(...cells.map((line) => line[index].length)));
  return cells
    .map((line) =>
      line
        .map((cell, index) => (columns[index].kind === "number" ? cell.padStart(widths[index]) : cell.padEnd(widths[index])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
