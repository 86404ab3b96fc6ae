// What the official decoders accept and ours refuses, by the name of the fault: each with what the specification says. A refusal
// denies, so that being stricter never grants.

export const STRICTNESS = {
  tcf: {
    version: 'the core comes first and is of version 2; the official decoder reads any segment for it, and any number',
    letter: 'a language and a country are two letters; the official decoder makes one of every number',
    range: 'a range ends where it begins or after; the official decoder takes one that does not for empty',
    restriction: 'the fourth type of restriction is not used; the official decoder notices it only with a vendor',
    id: 'purposes and vendors begin at 1; the official decoder notices a purpose 0 only with a vendor',
    segment: 'a segment is there once; the official decoder keeps the last one',
    section: 'a string with a tilde is of the Global Privacy Platform',
    too_long: 'strings end at 8,192 characters here',
  },
  gpp: {
    version: 'sections have versions, and a European core is of version 2; the official decoder does not look',
    letter: 'a language and a country are two letters; the official decoder makes one of every number',
    range: 'a range ends where it begins or after; the official decoder takes one that does not for empty',
    restriction: 'the fourth type of restriction is not used; the official decoder reads it',
    id: 'purposes and vendors begin at 1 and end at 65,535; the official decoder reads any number',
    segment: 'a part is there once, of a known type, where the section has it; the official decoder passes over others',
    truncated: 'publisher restrictions are there or not; the official decoder takes a text that ends in them for none',
    alphabet: 'a header has no parts; the official decoder passes over them',
    empty: 'a part has a character; the official decoder passes over one without',
    form: 'a US Privacy string has four characters, upper-case Y and N, or -; the official decoder looks at the first four, in either case',
    too_long: 'strings end at 8,192 characters here',
    section: 'a TC string after the letter C has no tilde',
  },
};
