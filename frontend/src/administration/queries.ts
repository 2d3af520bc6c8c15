// What a form asks for.

// A field that is left empty asks for nothing, and only makes an address longer.
export function dropEmpty(data: FormData): void {
  for (const [name, value] of [...data.entries()]) if (value === "") data.delete(name);
}
