// The text that somebody is about to send.

const LONGEST = 20_000;

// Counted as the server counts: a character outside the first plane, such as most emoji, is one.
export function isTooLong(text: string): boolean {
  return text.length > LONGEST && [...text].length > LONGEST;
}

// A message that was not sent comes back below what was written since.
export function withReturned(draft: string, text: string): string {
  return [draft.trimEnd(), text].filter((part) => part !== "").join("\n\n");
}

// Which way a text is written, by its first letter. The browser's own way, dir="auto" on the field,
// takes Chromium up to 25 seconds for a pasted megabyte.
export function directionOf(text: string): "rtl" | "" {
  const isRightToLeft = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
  return isRightToLeft.test(text.slice(0, 200)) ? "rtl" : "";
}
