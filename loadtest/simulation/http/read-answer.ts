/** A complete HTTP/1.1 response. */
export interface RawAnswer {
  status: number;
  body: string;
  /** The server closes the connection behind it. */
  close: boolean;
  /** Bytes of the buffer it took. */
  length: number;
}

const LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;
const CLOSE = /\r\nconnection: *close/i;

/**
 * Reads one response from the start of `data`; undefined while more bytes must come. `ended` says that none will.
 * Enough HTTP for servers that answer JSON: no trailers are kept and nothing is decompressed, since nothing was asked for.
 */
export function readAnswer(data: Buffer, ended = false): RawAnswer | undefined {
  const headEnd = data.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = data.toString('latin1', 0, headEnd);
  const status = Number(head.slice(9, 12));
  if (!head.startsWith('HTTP/1.') || !(status >= 100)) throw new Error(`Not an HTTP answer: "${head.slice(0, 60)}"`);
  const from = headEnd + 4;
  // An interim answer (100, 103) goes before the real one.
  if (status < 200) return shifted(readAnswer(data.subarray(from), ended), from);

  const close = CLOSE.test(head);
  if (status === 204 || status === 304) return { status, body: '', close, length: from };
  const stated = LENGTH.exec(head);
  if (stated !== null) {
    const until = from + Number(stated[1]);
    return data.length < until ? undefined : { status, body: data.toString('utf8', from, until), close, length: until };
  }
  if (CHUNKED.test(head)) return readChunks(data, from, status, close);
  return ended ? { status, body: data.toString('utf8', from), close: true, length: data.length } : undefined;
}

function shifted(answer: RawAnswer | undefined, by: number): RawAnswer | undefined {
  return answer === undefined ? undefined : { ...answer, length: answer.length + by };
}

function readChunks(data: Buffer, from: number, status: number, close: boolean): RawAnswer | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = data.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(data.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('Not a chunked body.');
    const start = lineEnd + 2;
    if (data.length < start + size + 2) return undefined;
    if (size === 0) return { status, body: Buffer.concat(parts).toString('utf8'), close, length: start + 2 };
    parts.push(data.subarray(start, start + size));
    at = start + size + 2;
  }
}
