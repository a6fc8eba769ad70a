export { type Config, DEVELOPMENT_SECRETS, readConfig } from './config.ts';
export { type Gateway, type GatewayLimits, startGateway } from './gateway.ts';
