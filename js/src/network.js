// A graph at work on ONNX Runtime, in batches of neighbours in length: see opinia/model/batches.py.

import { JudgementError, ModelFileError, TooLongError } from "./errors.js";

const BATCH_ROWS = 16;
const BATCH_TOKENS = 16 * 256;
/** The longest text; Python reads longer ones in pieces. */
const WHOLE_TOKENS = 1 << 15;
/** Sizes (batch, time) at which a graph is run before it is taken. */
const PROBES = [
  [1, 1],
  [2, 3],
  [3, 9],
];
const TOLERANCE = 0.02;
const TAKE_OURS = "load models that opinia wrote";

/** Asks a graph for the logits of texts. */
export class Network {
  #runtime;
  #session;
  #aside;
  #turn = Promise.resolve();

  /**
   * @param {any} runtime the module onnxruntime-node or onnxruntime-web
   * @param {any} session
   * @param {number} aside batches that run side by side
   */
  constructor(runtime, session, aside) {
    this.#runtime = runtime;
    this.#session = session;
    this.#aside = aside;
  }

  /**
   * Open a graph and see that it and its description belong together.
   * @param {string} name for messages
   * @param {Uint8Array} content
   * @param {import("./model-file.js").Description} description
   * @param {{runtime: any, aside: number}} options
   */
  static async open(name, content, description, { runtime, aside }) {
    let session;
    try {
      session = await runtime.InferenceSession.create(content, {
        executionProviders: ["cpu"],
        intraOpNumThreads: 1, // several threads wait for each other at every step of an LSTM
        interOpNumThreads: 1,
        enableMemPattern: false, // each batch has another shape, and a plan kept for each adds up
        logSeverityLevel: 4,
      });
    } catch (error) {
      throw new ModelFileError(`${name} is not a model that can be opened (${content.length} bytes): ${firstLine(error)}`, { cause: error });
    }
    const network = new Network(runtime, session, aside);
    await network.#check(name, description);
    return network;
  }

  /** Let go of the memory that the graph takes. */
  async release() {
    await this.#session.release?.();
  }

  /**
   * Return the uncalibrated logits of texts given as ids, in their order.
   * @param {Int32Array[]} encoded
   * @param {(() => Promise<void> | void) | undefined} [pause] is called before each batch, and may throw
   * @returns {Promise<Float32Array[]>}
   */
  async logits(encoded, pause) {
    const longest = encoded.reduce((most, ids) => Math.max(most, ids.length), 0);
    if (longest > WHOLE_TOKENS) {
      throw new TooLongError(`too long: ${longest} words and marks, at most ${WHOLE_TOKENS} are read here`, {
        hint: "judge a part of it; opinia in Python reads longer ones",
      });
    }
    const logits = new Array(encoded.length);
    const batches = batchRows(encoded);
    const work = async () => {
      for (let rows = batches.next(); !rows.done; rows = batches.next()) {
        await pause?.();
        const found = await this.#run(rows.value.map((row) => encoded[row]));
        rows.value.forEach((row, index) => (logits[row] = found[index]));
      }
    };
    await Promise.all(Array.from({ length: this.#aside }, work));
    return logits;
  }

  async #run(texts) {
    if (this.#aside > 1) return this.#ask(texts);
    // ONNX Runtime's WebAssembly has one run at a time.
    const turn = this.#turn.then(() => this.#ask(texts));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #ask(texts) {
    const { Tensor } = this.#runtime;
    // One column at least: a batch of empty texts still needs a time axis.
    const time = texts.reduce((most, ids) => Math.max(most, ids.length), 1);
    const ids = new Int32Array(texts.length * time);
    texts.forEach((text, row) => ids.set(text, row * time));
    const feed = {
      ids: new Tensor("int32", ids, [texts.length, time]),
      lengths: new Tensor("int32", Int32Array.from(texts, (text) => text.length), [texts.length]),
    };
    let answer;
    try {
      answer = (await this.#session.run(feed)).logits;
    } catch (error) {
      throw new JudgementError(`the network failed: ${firstLine(error)}`, {
        hint: "there may be too little free memory: judge shorter texts, or fewer at a time",
        cause: error,
      });
    }
    const columns = answer.dims[1];
    if (answer.dims.length !== 2 || answer.dims[0] !== texts.length) {
      throw new ModelFileError(`the graph must give logits (${texts.length}, n), and gives (${answer.dims.join(", ")})`);
    }
    return texts.map((_, row) => answer.data.slice(row * columns, (row + 1) * columns));
  }

  /** Run the graph on a few batches: the highest id is in the vocabulary, and a text's answer its own. */
  async #check(name, { tokenizer, labels }) {
    const words = tokenizer.size;
    for (const [batch, time] of PROBES) {
      const texts = Array.from({ length: batch }, (_, row) =>
        Int32Array.from({ length: time - (row % time) }, (_, place) => words - 1 - (((row * time + place) * 7919) % words)),
      );
      const together = await this.#probe(name, texts);
      const columns = together[0].length;
      if (columns !== labels.length && !(columns === 1 && labels.length === 2)) {
        throw new ModelFileError(`${name} names ${labels.length} labels, but its graph gives logits of ${columns} columns`);
      }
      if (batch !== 2) continue;
      const largest = Math.max(...together.flatMap((row) => [...row].map(Math.abs)));
      for (const [row, ids] of texts.entries()) {
        const [alone] = await this.#probe(name, [ids]);
        if (alone.some((logit, column) => Math.abs(logit - together[row][column]) > TOLERANCE * (1 + largest))) {
          throw new ModelFileError(`the graph of ${name} mixes texts: its answer to a text hangs on those beside it`, { hint: TAKE_OURS });
        }
      }
    }
  }

  async #probe(name, texts) {
    let found;
    try {
      found = await this.#run(texts);
    } catch (error) {
      if (error instanceof ModelFileError) throw error;
      throw new ModelFileError(`graph and vocabulary of ${name} do not belong together`, { cause: error });
    }
    if (!found.every((row) => row.every(Number.isFinite))) {
      throw new ModelFileError(`the graph of ${name} gives logits that are not finite`, {
        hint: "its weights are damaged, or its training failed: copy or train it again",
      });
    }
    return found;
  }
}

/** Yield the rows of each batch: neighbours in length, few enough to stay in the cache. */
function* batchRows(encoded) {
  const order = encoded.map((_, row) => row).sort((one, other) => encoded[other].length - encoded[one].length);
  for (let start = 0; start < order.length; ) {
    const longest = Math.max(1, encoded[order[start]].length);
    const rows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_TOKENS / longest)));
    yield order.slice(start, start + rows);
    start += rows;
  }
}

const firstLine = (error) => (String(error?.message ?? error).trim().split("\n")[0] || "Error").slice(0, 200);
