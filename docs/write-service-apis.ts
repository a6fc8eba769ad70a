import { writeFileSync } from 'node:fs';
import { providerApi } from './provider-api.ts';
import { warehouseApi } from './warehouse-api.ts';

writeFileSync(new URL('./payment-provider.openapi.yaml', import.meta.url), providerApi());
writeFileSync(new URL('./warehouse.openapi.yaml', import.meta.url), warehouseApi());
