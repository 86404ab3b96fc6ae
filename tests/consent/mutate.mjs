// Strings that nobody wrote: sound ones with a change.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const STRANGE = [...ALPHABET, '.', '.', '~', '~', '=', '+', '/', '%', 'é', '1', 'Y'];

// One to three changes of `text`; `other` is a string to take a part from.
export function mutated(dice, text, other) {
  let result = text;
  for (let count = 1 + dice.below(3); count > 0; count--) result = changed(dice, result, other);
  // The hosts read lines.
  return result.replaceAll(/[\r\n]/g, '').trim();
}

function changed(dice, text, other) {
  const at = dice.below(text.length + 1);
  const length = 1 + dice.below(6);
  const parts = text.split('.');
  switch (dice.below(9)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(at + length);
    case 2:
      return text.slice(0, at) + dice.pick(STRANGE) + text.slice(at);
    case 3:
      return text.slice(0, at) + dice.pick(STRANGE) + text.slice(at + 1);
    case 4:
      return text.slice(0, at) + dice.pick(ALPHABET) + text.slice(at + 1);
    case 5:
      return text.slice(0, at) + other.slice(dice.below(other.length + 1)).slice(0, 40) + text.slice(at);
    case 6:
      return [...parts, dice.pick(parts)].join('.');
    case 7:
      return dice.shuffled(parts).join('.');
    default: {
      // Only the bits of one character: most fields stay in their places.
      const value = ALPHABET.indexOf(text[at]);
      return value < 0 ? text : text.slice(0, at) + ALPHABET[value ^ (1 << dice.below(6))] + text.slice(at + 1);
    }
  }
}
