export { type Config, readConfig } from './config.ts';
export { type Gateway, type GatewayLimits, startGateway } from './gateway.ts';
export { DEVELOPMENT_SECRETS } from './secret-settings.ts';
