// What the bench's light gateways are made of.
export { OutboxClearing } from './admission/outbox-clearing.ts';
export { ReserveBatches } from './admission/reserve-batches.ts';
export { ItemMemory } from './catalogue/item-memory.ts';
export { ServerClock } from './catalogue/server-clock.ts';
export { type Config, readConfig } from './config.ts';
export { type Gateway, type GatewayLimits, startGateway } from './gateway.ts';
export { RedisLink } from './links/redis-link.ts';
export { DEVELOPMENT_SECRETS } from './secret-settings.ts';
