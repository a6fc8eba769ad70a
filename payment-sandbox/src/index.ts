export { readSandboxConfig, type SandboxConfig } from './config.ts';
export { PROTOCOLS } from './load-protocols.ts';
export { type Sandbox, type SandboxOptions, startSandbox } from './start-sandbox.ts';
export { startTrial, type Trial, trialSettings } from './start-trial.ts';
