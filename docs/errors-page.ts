import { ANSWERS } from 'seckill-core/answers';

const HEAD = `# Error codes

<!-- Made by docs/write-errors-page.ts from the table in seckill-core/src/domain/answers.ts. Change the table, then run \`node --import tsx docs/write-errors-page.ts\`. -->

Every error of the API is \`application/problem+json\` (RFC 9457) with these fields:

| field | content |
|---|---|
| \`type\` | \`/problems#<code>\`: the gateway's page about the code |
| \`title\`, \`status\`, \`code\` | from the table below |
| \`detail\` | what happened this time, for a person; if the request is not valid, it names the field |
| \`requestId\` | the id of this answer; the gateway logs its own faults under it |
| \`retryAfterMs\` | only if waiting helps; the header \`Retry-After\` then has it in whole seconds |

Programs should act on \`code\` and nothing else. An answer without a code from this table did not come from Seckill, and its outcome is unknown.

Every retry is safe: a purchase token wins at most once, however often you send it and to however many gateways.

The last column says what a client can do next:

- *same request*: send the same request, with the same purchase token, after \`retryAfterMs\`.
- *new token*: read the reservation to find out whether the old purchase token has won. If not, get a new one.
- *sign in*: get a new access token, then send the same request.
- *when units return*: the same request can win once a unit comes back.
- *never*: the same request gets the same answer.

A **final** answer decides the purchase: this purchase token has won nothing, and no order comes from it.

| code | status | title | default detail | next |
|---|---|---|---|---|
`;

/** The content of docs/errors.md. A test compares the two. */
export function errorsPage(): string {
  const rows = Object.entries(ANSWERS).map(
    ([code, { status, title, detail, isFinal, retry }]) =>
      `| <a id="${code.toLowerCase()}"></a>\`${code}\` | ${status} | ${title} | ${detail} | ${isFinal ? '**final**, ' : ''}${retry} |`,
  );
  return `${HEAD}${rows.join('\n')}\n`;
}
