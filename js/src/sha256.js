// SHA-256 (FIPS 180-4), where the platform's own is not there: pages that came over plain HTTP have none.

const ROUNDS = 64;
const [KEYS, START] = constants();

/**
 * Return the digest of some bytes, as 64 hexadecimal digits.
 * @param {Uint8Array} content
 */
export async function sha256(content) {
  const subtle = globalThis.crypto?.subtle;
  const digest = subtle ? new Uint8Array(await subtle.digest("SHA-256", content)) : digestOf(content);
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The fractional parts of the roots of the first primes, as in the standard. */
function constants() {
  const [keys, start] = [[], []];
  for (let candidate = 2; keys.length < ROUNDS; candidate += 1) {
    let isPrime = true;
    for (let factor = 2; factor * factor <= candidate; factor += 1) if (candidate % factor === 0) isPrime = false;
    if (!isPrime) continue;
    if (start.length < 8) start.push(fraction(candidate, 2));
    keys.push(fraction(candidate, 3));
  }
  return [keys, start];
}

/** Return the first 32 bits of the fractional part of a root, exactly: by integers, for floats may round. */
function fraction(prime, degree) {
  const target = BigInt(prime) << BigInt(32 * degree);
  let [low, high] = [0n, 1n << 40n];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(degree) <= target) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn);
}

/**
 * Return the digest of some bytes, as bytes.
 * @param {Uint8Array} content
 */
export function digestOf(content) {
  const state = Uint32Array.from(START);
  const whole = content.length - (content.length % 64);
  for (let place = 0; place < whole; place += 64) compress(state, new DataView(content.buffer, content.byteOffset + place, 64));
  const rest = content.length - whole;
  const tail = new Uint8Array(rest < 56 ? 64 : 128);
  tail.set(content.subarray(whole));
  tail[rest] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(content.length / 0x20000000));
  view.setUint32(tail.length - 4, (content.length << 3) >>> 0);
  for (let place = 0; place < tail.length; place += 64) compress(state, new DataView(tail.buffer, place, 64));
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => digest.setUint32(4 * index, word));
  return new Uint8Array(digest.buffer);
}

const SCHEDULE = new Uint32Array(ROUNDS);
const turned = (word, bits) => (word >>> bits) | (word << (32 - bits));

function compress(state, block) {
  const w = SCHEDULE;
  for (let i = 0; i < 16; i += 1) w[i] = block.getUint32(4 * i);
  for (let i = 16; i < ROUNDS; i += 1) {
    const s0 = turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ (w[i - 15] >>> 3);
    const s1 = turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ (w[i - 2] >>> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < ROUNDS; i += 1) {
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + KEYS[i] + w[i]) | 0;
    const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => (state[index] += word));
}
