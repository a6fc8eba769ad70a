import { loadFolders } from '../servers/load-folders.ts';
import type { ProviderModule } from './provider.ts';

/** Every provider, by name. A folder in `providers` is a provider: no list names them. */
export const PROVIDERS = await loadFolders<ProviderModule>(new URL('./providers/', import.meta.url), 'provider');
