import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { breaks } from './compare-schemas.ts';
import { eventSchemas } from './events-schema.ts';

const file = new URL('./events.schema.json', import.meta.url);
const now = eventSchemas();
const broken = existsSync(file) ? breaks(JSON.parse(readFileSync(file, 'utf8')), now) : [];
if (broken.length > 0) {
  console.error(
    [
      'These changes break programs that read the events. Add a new version of the type (….v2) beside the old one instead:',
      ...broken,
    ].join('\n'),
  );
  process.exitCode = 1;
} else {
  writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
}
