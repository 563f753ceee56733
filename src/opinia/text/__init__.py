"""From text to tokens to ids, with the place of each in the text."""
