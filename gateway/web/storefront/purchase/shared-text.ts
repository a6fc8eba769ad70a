const DATABASE = 'seckill';
const TABLE = 'attempts';

/**
 * Texts in IndexedDB, which every tab sees as soon as they are written. A write to localStorage reaches tabs of other processes later:
 * on a busy machine after more than 100 ms. In that time two tabs fetched a token each and won twice.
 */
export async function readShared(key: string): Promise<string | undefined> {
  const text = await inTable<unknown>('readonly', (table) => table.get(key));
  return typeof text === 'string' ? text : undefined;
}

/** Undefined deletes it. */
export async function writeShared(key: string, text: string | undefined): Promise<void> {
  await inTable('readwrite', (table) => (text === undefined ? table.delete(key) : table.put(text, key)));
}

let opened: Promise<IDBDatabase> | undefined;

/** Rejects if the browser has no IndexedDB or forbids it. */
async function inTable<Result>(mode: IDBTransactionMode, ask: (table: IDBObjectStore) => IDBRequest): Promise<Result> {
  opened ??= open();
  const database = await opened;
  return answerOf<Result>(ask(database.transaction(TABLE, mode).objectStore(TABLE)));
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
  return answerOf<IDBDatabase>(request);
}

function answerOf<Result>(request: IDBRequest): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as Result);
    request.onerror = () => reject(request.error);
  });
}
