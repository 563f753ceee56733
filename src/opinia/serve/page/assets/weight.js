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

/** Return the greatest weight of the pieces, or what is worth a full colour at least. */
export const greatest = (pieces) => pieces.reduce((most, piece) => Math.max(most, Math.abs(piece.weight)), LEAST_SCALE);
