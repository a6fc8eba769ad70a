export type Fields = { [name: string]: string | Fields };

/** Reads Stripe's form encoding: `a[b][0]=c` becomes `{ a: { b: { 0: 'c' } } }`. */
export function readForm(text: string): Fields {
  const fields: Fields = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.replaceAll(']', '').split('[');
    const last = path.pop() ?? '';
    let at = fields;
    for (const part of path) {
      const { [part]: next = Object.create(null) as Fields } = at;
      if (typeof next === 'string') break;
      at[part] = next;
      at = next;
    }
    at[last] = value;
  }
  return fields;
}

/** The values of a list, whose names are 0, 1, 2. */
export const listOf = (fields: string | Fields | undefined): (string | Fields)[] =>
  typeof fields === 'object' ? Object.values(fields) : [];
