// ISO 13616: the first four characters go to the end, letters become 10 to 35, modulo 97 is 1.
const LENGTHS = { AT: 20, BE: 16, CH: 21, DE: 22, ES: 24, FR: 27, IT: 27, LU: 20, NL: 18, PL: 28 };

/** Only the characters that count. */
export const compact = (typed) => typed.replace(/\s/g, "").toUpperCase();

/** In groups of four, as banks print it. */
export const grouped = (typed) => compact(typed).replace(/(.{4})(?=.)/g, "$1 ");

/** What is wrong with it: "empty", "form", "length", "sum" or null. */
export function problem(typed) {
  const iban = compact(typed);
  if (!iban) return "empty";
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) return "form";
  const length = LENGTHS[iban.slice(0, 2)];
  if (length && iban.length !== length) return "length";
  return remainder(iban.slice(4) + iban.slice(0, 4)) === 1 ? null : "sum";
}

function remainder(text) {
  let rest = 0;
  for (const digit of text.replace(/[A-Z]/g, (letter) => parseInt(letter, 36))) {
    rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest;
}
