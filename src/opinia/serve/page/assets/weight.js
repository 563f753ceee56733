// How much a piece of the text weighs in the verdict.

const MARGIN = 1e-6;
const LEAST_SCALE = 0.25;

const logOdds = (share) => {
  const inside = Math.min(1 - MARGIN, Math.max(MARGIN, share));
  return Math.log(inside / (1 - inside));
};

/**
 * Return the weight of a piece: by how much it raises the log-odds of positive.
 * Where the model is very sure every word changes the probability a little, but the odds as much as ever.
 */
export const weight = (contribution, positive) => logOdds(positive) - logOdds(positive - contribution);

// A sentence that changes the answer by less is not worth painting lines of text.
const LEAST_OF_SENTENCE = 0.35;

/** Return the weight of a piece as it is painted: none for a sentence of next to no weight. */
export const painted = (unit, heavy) => (unit === "sentence" && Math.abs(heavy) < LEAST_OF_SENTENCE ? 0 : heavy);

/** Return the greatest weight of the pieces, or what is worth a full colour at least. */
export const greatest = (pieces) => pieces.reduce((most, piece) => Math.max(most, Math.abs(piece.weight)), LEAST_SCALE);
