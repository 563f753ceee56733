// Sentences of our own to try: English ones, whichever language the page speaks.

export const EXAMPLES = [
  {
    name: "example_warm",
    label: "positive",
    text:
      "A warm, funny and beautifully acted film. The story is simple, but it is told with so much heart " +
      "that I left the cinema smiling, and the music is wonderful.",
  },
  {
    name: "example_harsh",
    label: "negative",
    text:
      "Two hours of my life that I will not get back. The plot makes no sense, the acting is terrible, " +
      "and the jokes are as boring as they are old. Avoid this mess.",
  },
  {
    name: "example_turn",
    label: "positive",
    text:
      "The first half is slow, the characters are dull, and I nearly walked out. But then it finds its feet: " +
      "the second half is funny, moving and surprisingly great, and I would watch it again.",
  },
  {
    name: "example_irony",
    label: "negative",
    text:
      "Oh, wonderful: another great hero, another perfect explosion, another brilliant speech about family. " +
      "I loved every minute of my nap.",
  },
  {
    name: "example_not",
    label: "positive",
    text: "Not a bad film at all. I expected the worst, and I was not bored for a single moment.",
  },
];

const expected = new Map(EXAMPLES.map(({ text, label }) => [text, label]));

/** Note what a text that the person is given to try would have to be called. */
export const expectAnswer = (text, label) => expected.set(text, label);

/** Return whether an answer to one of these texts is known to be wrong; of any other text nothing is known. */
export const isKnownWrong = (text, label) => expected.has(text) && expected.get(text) !== label;
