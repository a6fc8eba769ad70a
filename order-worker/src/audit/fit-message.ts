/** JSON of one list in a report. Three of them, in the report of a repair, fit one NATS message. */
const MOST_BYTES = 200 * 1_024;

/** Returns as many as fit a message. If some don't, a last one says how many more there are. */
export function fitMessage<Row>(rows: readonly Row[], more: (count: number) => Row, mostBytes = MOST_BYTES): Row[] {
  let bytes = 0;
  const fits = rows.findIndex((row) => {
    bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    return bytes > mostBytes;
  });
  return fits < 0 ? [...rows] : [...rows.slice(0, fits), more(rows.length - fits)];
}
