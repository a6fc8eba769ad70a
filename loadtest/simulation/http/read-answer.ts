/** A complete HTTP/1.1 response. */
export interface RawAnswer {
  status: number;
  body: string;
  /** The server closes the connection after it. */
  close: boolean;
}

/** Where a complete response lies in its buffer. */
export interface Frame {
  status: number;
  headFrom: number;
  bodyFrom: number;
  bodyUntil: number;
  chunked: boolean;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const USUAL_LENGTH = Buffer.from('\r\ncontent-length: ');
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;
const CLOSE = /\r\nconnection: *close/i;

/**
 * Finds the first response in `data`; undefined while bytes are missing. `ended` says that no more will come. Enough HTTP for
 * servers that answer JSON. The usual response is found without converting it to text, which costs a load generator 1 µs.
 */
export function frameOf(data: Buffer, ended = false, headFrom = 0): Frame | undefined {
  const headEnd = data.indexOf(HEAD_END, headFrom);
  if (headEnd < 0) return undefined;
  const bodyFrom = headEnd + HEAD_END.length;
  const status = numberAt(data, headFrom + 'HTTP/1.1 '.length);
  if (data[headFrom] !== 0x48 || status < 100 || status > 999)
    throw new Error(`Not an HTTP answer: "${data.toString('latin1', headFrom, headFrom + 60)}"`);
  // An interim answer (100, 103) comes before the real one.
  if (status < 200) return frameOf(data, ended, bodyFrom);
  if (status === 204 || status === 304) return { status, headFrom, bodyFrom, bodyUntil: bodyFrom, chunked: false };

  const usual = data.indexOf(USUAL_LENGTH, headFrom);
  let length = -1;
  if (usual >= 0 && usual < headEnd) length = numberAt(data, usual + USUAL_LENGTH.length);
  else {
    const head = data.toString('latin1', headFrom, headEnd);
    if (CHUNKED.test(head)) {
      const bodyUntil = readChunks(data, bodyFrom)?.until;
      return bodyUntil === undefined ? undefined : { status, headFrom, bodyFrom, bodyUntil, chunked: true };
    }
    const stated = LENGTH.exec(head)?.[1];
    if (stated !== undefined) length = Number(stated);
    else if (ended) length = data.length - bodyFrom;
  }
  const bodyUntil = bodyFrom + length;
  if (length < 0 || data.length < bodyUntil) return undefined;
  return { status, headFrom, bodyFrom, bodyUntil, chunked: false };
}

/** Reads the first response in `data`: see {@link frameOf}. */
export function readAnswer(data: Buffer, ended = false): RawAnswer | undefined {
  const frame = frameOf(data, ended);
  return frame === undefined ? undefined : answerIn(data, frame);
}

export function answerIn(data: Buffer, { status, headFrom, bodyFrom, bodyUntil, chunked }: Frame): RawAnswer {
  const close = CLOSE.test(data.toString('latin1', headFrom, bodyFrom));
  const body = chunked ? Buffer.concat(readChunks(data, bodyFrom)?.parts ?? []) : data.subarray(bodyFrom, bodyUntil);
  return { status, body: body.toString('utf8'), close };
}

/** The decimal number that starts at `at`; 0 if there is none. */
function numberAt(data: Buffer, at: number): number {
  let number = 0;
  for (let i = at; ; i += 1) {
    const digit = (data[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) return number;
    number = number * 10 + digit;
  }
}

function readChunks(data: Buffer, from: number): { parts: Buffer[]; until: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = data.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(data.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('Not a chunked body.');
    const start = lineEnd + 2;
    if (data.length < start + size + 2) return undefined;
    if (size === 0) return { parts, until: start + 2 };
    parts.push(data.subarray(start, start + size));
    at = start + size + 2;
  }
}
