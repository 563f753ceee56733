"""Three film reviews of our own, judged where there is nobody to type one."""

EXAMPLES = (
    "What a wonderful film. I went in expecting very little and came out with a smile that lasted all "
    "evening. The story is simple, but it is told with so much warmth and humour that you care about "
    "everyone in it, and the two leads are excellent together. The music is beautiful, the last scene is "
    "perfect, and I already want to see it again. One of the best films of the year; highly recommended.",
    "I really wanted to like this one, and I cannot. The plot makes no sense, the dialogue is terrible, "
    "and nobody on the screen seems to know why they are there. Scene after scene goes nowhere, the jokes "
    "fall flat, and the ending is the worst I have seen in years. It is boring, badly acted and far too "
    "long. Save your money and your time, and avoid this awful mess.",
    "A strange little film. The first half is slow and I nearly gave up on it, because the characters are "
    "not easy to like and the jokes are weak. But then it finds its feet: the second half is funny, sad "
    "and surprisingly moving, and the young actress at the centre of it is great. It is far from perfect, "
    "but in the end I enjoyed it and I would watch it again.",
)
