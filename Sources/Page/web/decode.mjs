// The data of a page: base64 of gzip of a document, which is a length, facts as JSON, and columns of
// numbers (see PageDocument and PageColumns, which write it).

/** The bytes of a base64 text. */
export function base64Bytes(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let index = 0; index < raw.length; index += 1) bytes[index] = raw.charCodeAt(index);
  return bytes;
}

export async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The values of one column, exact up to 2^53. */
export function columnValues(bytes, { encoding, count, offset }) {
  const values = new Float64Array(count);
  let place = offset;
  let last = 0;
  for (let index = 0; index < count; index += 1) {
    let byte = bytes[place];
    place += 1;
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      byte = bytes[place];
      place += 1;
      value += (byte & 0x7f) * scale;
    }
    if (encoding === "delta") {
      last += value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      value = last;
    }
    values[index] = value;
  }
  return values;
}

/** The facts of a document, and a function that reads a column of a name; undefined if it has none. */
export function parsed(document) {
  const view = new DataView(document.buffer, document.byteOffset);
  const end = 4 + view.getUint32(0, true);
  const facts = JSON.parse(new TextDecoder().decode(document.subarray(4, end)));
  const columns = new Map(facts.columns.map((column) => [column.name, column]));
  const bytes = document.subarray(end);
  return {
    facts,
    column(name) {
      const column = columns.get(name);
      return column && columnValues(bytes, column);
    },
  };
}
