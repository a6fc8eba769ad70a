export { readSandboxConfig, type SandboxConfig } from './config.ts';
export { type Sandbox, type SandboxOptions, startSandbox } from './start-sandbox.ts';
export { startTrial, type Trial, trialSettings } from './start-trial.ts';
