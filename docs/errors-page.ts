import { PROBLEMS } from 'seckill-core';

const HEAD = `# Error codes

<!-- Made by docs/write-errors-page.ts out of seckill-core's table PROBLEMS: change that, then run \`node --import tsx docs/write-errors-page.ts\`. -->

Every "no" of the API is \`application/problem+json\` (RFC 9457) with these fields:

| field | is |
|---|---|
| \`type\` | \`/problems#<code>\`: where the gateway explains the code |
| \`title\`, \`status\`, \`code\` | a row of the table below |
| \`detail\` | what happened this time, for a person; names the field where a request is not valid |
| \`requestId\` | of this answer; a fault of ours is logged under it |
| \`retryAfterMs\` | only where waiting helps, and then with the header \`Retry-After\` in whole seconds |

Programs should act on \`code\` and nothing else. An answer without a code of this table did not come from Seckill, and its outcome is unknown.

Trying again is always safe: a purchase token wins at most once, however often and at however many gateways it is used.

| code | status | title | what it says where it has nothing better to say |
|---|---|---|---|
`;

/** docs/errors.md, which a test holds against the table. */
export function errorsPage(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title, detail }]) => `| <a id="${code.toLowerCase()}"></a>\`${code}\` | ${status} | ${title} | ${detail} |`,
  );
  return `${HEAD}${rows.join('\n')}\n`;
}
