import { writeFileSync } from 'node:fs';
import { providerApi } from './provider-api.ts';

writeFileSync(new URL('./payment-provider.openapi.yaml', import.meta.url), providerApi());
