import type { Request, RequestSplitter } from './operation.ts';

const QUERY = 'Q';
const PARSE = 'P';
const SYNC = 'S';

/**
 * Statements of PostgreSQL's protocol 3: a simple query, or everything up to a Sync. A statement's label is the name in its first comment, a
 * commit's is that of the last statement before it, since only what was committed is there after a crash.
 */
export class PostgresRequests implements RequestSplitter {
  #rest = Buffer.alloc(0);
  #greeted = false;
  #statement: string | undefined;
  #last = '';
  #began = 0;

  take(chunk: Buffer): Request[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const requests: Request[] = [];
    for (;;) {
      const request = this.#greeted ? this.#statementRequest() : this.#greeting();
      if (request === undefined) return requests;
      requests.push(request);
    }
  }

  /** The first message has no type. */
  #greeting(): Request | undefined {
    if (this.#rest.length < 4 || this.#rest.length < this.#rest.readInt32BE(0)) return undefined;
    this.#greeted = true;
    return this.#cut(this.#rest.readInt32BE(0));
  }

  #statementRequest(): Request | undefined {
    for (let at = this.#began; this.#rest.length >= at + 5; ) {
      const type = String.fromCharCode(this.#rest[at] ?? 0);
      const end = at + 1 + this.#rest.readInt32BE(at + 1);
      if (this.#rest.length < end) return undefined;
      if (type === QUERY) this.#statement = textAt(this.#rest, at + 5);
      // The name of the statement, then the statement.
      if (type === PARSE) this.#statement = textAt(this.#rest, this.#rest.indexOf(0, at + 5) + 1);
      if (type === QUERY || type === SYNC || this.#statement === undefined) return this.#cut(end);
      at = end;
      this.#began = at;
    }
    return undefined;
  }

  #cut(length: number): Request {
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    this.#began = 0;
    const statement = this.#statement;
    this.#statement = undefined;
    return statement === undefined ? { bytes } : { bytes, label: `postgres ${this.#labelOf(statement)}` };
  }

  #labelOf(statement: string): string {
    const name = nameOf(statement);
    if (/^(begin|rollback)/i.test(name)) return name.toLowerCase();
    if (/^commit/i.test(name)) return `commit ${this.#last}`;
    this.#last = name;
    return name;
  }
}

function nameOf(statement: string): string {
  const named = /^-- ([a-z-]+):/.exec(statement);
  if (named?.[1] !== undefined) return named[1];
  const words = statement
    .replace(/"public"\.|"/g, '')
    .trim()
    .split(/\s+/);
  const verb = words[0]?.toUpperCase() ?? '';
  const table = /\b(?:FROM|INTO|UPDATE)\s+([a-z_]+)/i.exec(words.join(' '))?.[1];
  return table === undefined ? words.slice(0, 3).join(' ') : `${verb} ${table}`;
}

function textAt(bytes: Buffer, from: number): string {
  return bytes.toString('utf8', from, bytes.indexOf(0, from));
}
