// The heap over time as points of a chart, apart from drawing it.

/** A scale's steps: few round numbers up to `top`, in units of 1024 for bytes. */
export function ticks(top, isBytes, count = 4) {
  if (top <= 0) return [0];
  let unit = 1;
  if (isBytes) while (top / unit >= 1024) unit *= 1024;
  const raw = top / unit / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= raw) * unit;
  const list = [];
  for (let value = 0; value <= top * 1.0001; value += step) list.push(value);
  return list;
}

/** The interval of a moment: the first that ends at it or later. */
export function intervalAt(ends, moment) {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The largest of what each of `columns` equal spans holds; spans without a value go on. */
export function spanMaxima(ends, values, start, end, columns) {
  const largest = new Float64Array(columns).fill(-1);
  const scale = columns / Math.max(1, end - start);
  let from = start;
  for (let index = 0; index < ends.length; index += 1) {
    const first = Math.max(0, Math.min(columns - 1, Math.floor((from - start) * scale)));
    const last = Math.max(first, Math.min(columns - 1, Math.ceil((ends[index] - start) * scale) - 1));
    for (let column = first; column <= last; column += 1) {
      if (values[index] > largest[column]) largest[column] = values[index];
    }
    from = ends[index];
  }
  for (let column = 1; column < columns; column += 1) {
    if (largest[column] < 0) largest[column] = largest[column - 1];
  }
  return largest;
}
