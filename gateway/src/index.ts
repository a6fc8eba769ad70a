export { type App, buildApp } from './app.ts';
export { type Config, ConfigFault, DEVELOPMENT_SECRETS, readConfig } from './config.ts';
export { type Gateway, type GatewayLimits, startGateway } from './gateway.ts';
export type { GatewayParts } from './gateway-parts.ts';
