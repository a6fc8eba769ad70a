/**
 * Returns a text that WeChat Pay takes: without line breaks and backquotes, which its statements use, and cut to `mostBytes` bytes of UTF-8, which it
 * counts.
 */
export function plainText(text: string, mostBytes: number): string {
  let bytes = 0;
  let cut = '';
  for (const character of text.replace(/[\s`\p{Cc}]+/gu, ' ').trim()) {
    bytes += Buffer.byteLength(character);
    if (bytes > mostBytes) break;
    cut += character;
  }
  return cut.trim();
}
