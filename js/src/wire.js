// Reads messages of protobuf by a schema, within a budget: see opinia/graph/wire.py and schema.py.

/** The content is no message of its schema: it breaks off, or is something else. */
export class BrokenError extends Error {}

/** The content holds what it must not hold, or too much; the message says what. */
export class RefusedError extends Error {}

const [VARINT, FIXED_64, LENGTH, FIXED_32] = [0, 1, 2, 5];

/** A field: its name, the kind of its value ("int", "float", "bytes", "text" or a schema), and whether it may stand often. */
const field = (name, kind, many = false) => ({ name, kind, many });
const refused = (what) => ({ what });

export const ELSEWHERE = "weights in another file";
const INSIDE = "a graph inside another";
const ENTRY = { 1: field("key", "text"), 2: field("value", "bytes") };
const TENSOR = {
  1: field("dims", "int", true),
  2: field("type", "int"),
  4: field("floats", "bytes", true),
  5: field("int32s", "int", true),
  7: field("int64s", "int", true),
  8: field("name", "text"),
  9: field("raw", "bytes"),
  12: field("doc", "bytes"),
  13: refused(ELSEWHERE),
  14: field("location", "int"),
};
const ATTRIBUTE = {
  1: field("name", "text"),
  2: field("f", "float"),
  3: field("i", "int"),
  4: field("s", "bytes"),
  5: field("t", TENSOR),
  6: refused(INSIDE),
  7: field("floats", "float", true),
  8: field("ints", "int", true),
  9: field("strings", "bytes", true),
  11: refused(INSIDE),
  13: field("doc", "bytes"),
  20: field("type", "int"),
};
const NODE = {
  1: field("inputs", "text", true),
  2: field("outputs", "text", true),
  3: field("name", "text"),
  4: field("operator", "text"),
  5: field("attributes", ATTRIBUTE, true),
  6: field("doc", "bytes"),
  7: field("domain", "text"),
};
const DIMENSION = { 1: field("value", "int"), 2: field("parameter", "text"), 3: field("denotation", "text") };
const SHAPE = { 1: field("dims", DIMENSION, true) };
const TENSOR_TYPE = { 1: field("element", "int"), 2: field("shape", SHAPE) };
const TYPE = { 1: field("tensor", TENSOR_TYPE), 6: field("denotation", "text") };
const VALUE = { 1: field("name", "text"), 2: field("type", TYPE), 3: field("doc", "bytes") };
const GRAPH = {
  1: field("nodes", NODE, true),
  2: field("name", "text"),
  5: field("weights", TENSOR, true),
  10: field("doc", "bytes"),
  11: field("inputs", VALUE, true),
  12: field("outputs", VALUE, true),
  13: field("between", VALUE, true),
  15: refused("sparse weights"),
};
const OPSET = { 1: field("domain", "text"), 2: field("version", "int") };
export const MODEL = {
  1: field("ir_version", "int"),
  2: field("producer", "text"),
  3: field("producer_version", "text"),
  4: field("domain", "text"),
  5: field("version", "int"),
  6: field("doc", "bytes"),
  7: field("graph", GRAPH),
  8: field("opsets", OPSET, true),
  14: field("metadata", ENTRY, true),
  20: refused("a training graph"),
  25: refused("functions"),
};

/** Reads messages out of one content. Integers beyond 2^53 are not exact; nothing here needs them. */
export class Reader {
  #content;
  #most;
  #left;
  #text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  /**
   * @param {Uint8Array} content
   * @param {number} most fields and numbers that are read in all
   */
  constructor(content, most) {
    this.#content = content;
    this.#most = most;
    this.#left = most;
  }

  /** Return the values of the whole content by name; of kind "bytes" it is where they stand: [start, end]. */
  read(schema) {
    return this.#message(schema, 0, this.#content.length);
  }

  #message(schema, start, end) {
    const values = {};
    for (const { name, many } of Object.values(schema)) if (many) values[name] = [];
    let place = start;
    while (place < end) {
      this.#spend();
      let key;
      [key, place] = this.#varint(place, end);
      const [number, wire] = [Math.floor(key / 8), key % 8];
      const found = schema[number];
      if (found?.name === undefined) {
        if (found === undefined && (![VARINT, FIXED_64, LENGTH, FIXED_32].includes(wire) || number > 100)) throw new BrokenError(`field ${number}`);
        throw new RefusedError(found?.what ?? `a field that is not known (${number})`);
      }
      let value;
      [value, place] = this.#field(found, wire, place, end);
      if (found.many) for (const each of value) values[found.name].push(each);
      else if (Object.hasOwn(values, found.name)) throw new RefusedError(`two values of '${found.name}', where one belongs`);
      else [values[found.name]] = value;
    }
    return values;
  }

  #field({ name, kind, many }, wire, place, end) {
    if (wire === VARINT && kind === "int") {
      const [number, behind] = this.#varint(place, end);
      return [[number], behind];
    }
    if (wire === FIXED_32 && (kind === "float" || name === "floats")) {
      if (place + 4 > end) throw new BrokenError("it breaks off");
      return [[[place, place + 4]], place + 4];
    }
    if (wire !== LENGTH) throw new BrokenError(`${name} is of another kind`);
    const [length, start] = this.#varint(place, end);
    const stop = start + length;
    if (stop > end) throw new BrokenError("it breaks off");
    if (typeof kind === "object") return [[this.#message(kind, start, stop)], stop];
    if (kind === "bytes") return [[[start, stop]], stop];
    if (kind === "text") return [[this.#string(start, stop)], stop];
    if (!many) throw new BrokenError(`${name} is of another kind`);
    if (kind === "float") return [[[start, stop]], stop];
    const numbers = [];
    for (let at = start; at < stop; ) {
      this.#spend();
      let number;
      [number, at] = this.#varint(at, stop);
      numbers.push(number);
    }
    return [numbers, stop];
  }

  #string(start, stop) {
    try {
      return this.#text.decode(this.#content.subarray(start, stop));
    } catch {
      throw new BrokenError("a name that is not UTF-8");
    }
  }

  #spend() {
    this.#left -= 1;
    if (this.#left < 0) throw new RefusedError(`more than ${this.#most} parts`);
  }

  #varint(start, end) {
    let value = 0;
    for (let place = start, unit = 1; place < start + 10; place += 1, unit *= 128) {
      if (place >= end) throw new BrokenError("it breaks off");
      const byte = this.#content[place];
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return [value, place + 1];
    }
    throw new BrokenError("a number of more than ten bytes");
  }
}
