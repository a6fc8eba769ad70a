import { writeFileSync } from 'node:fs';
import { apiTypes } from './api-types.ts';
import { readOpenApi } from './read-openapi.ts';

writeFileSync(new URL('../../shared/api/operations.ts', import.meta.url), apiTypes(await readOpenApi()));
process.exit();
