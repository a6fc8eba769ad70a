/** Returns undefined if it is not JSON. Bytes are UTF-8. */
export function parseJson(text: Buffer | string): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}
