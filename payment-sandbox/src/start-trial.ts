import { loadProtocols } from './load-protocols.ts';
import type { TrialSettings } from './protocol.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from './start-sandbox.ts';

export interface Trial {
  sandbox: Sandbox;
  /** What the order worker needs to reach these providers. */
  worker: Record<string, string>;
}

/** Settings of both sides for providers, by name, with new keys. */
export async function trialSettings(
  names: readonly string[],
  urls: { sandbox: string; webhooks: string },
): Promise<TrialSettings> {
  const modules = await loadProtocols();
  const settings: TrialSettings = { worker: {}, sandbox: {} };
  for (const name of names) {
    const module = modules.find((each) => each.name === name);
    if (module === undefined) {
      throw new Error(`The sandbox speaks no protocol "${name}". It speaks ${modules.map((each) => each.name).join(', ')}.`);
    }
    const { worker, sandbox } = module.trial(urls);
    Object.assign(settings.worker, worker);
    Object.assign(settings.sandbox, sandbox);
  }
  return settings;
}

/** Starts a sandbox in this process that speaks these protocols, on any free port. The given `environment` overrides its settings. */
export async function startTrial(
  names: readonly string[],
  options: Pick<SandboxOptions, 'webhooksUrl' | 'log'> & Partial<SandboxOptions>,
): Promise<Trial> {
  let worker: Record<string, string> = {};
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    ...options,
    environment: async (url) => {
      const settings = await trialSettings(names, { sandbox: url, webhooks: options.webhooksUrl });
      worker = settings.worker;
      return { ...settings.sandbox, ...(await options.environment?.(url)) };
    },
  });
  return { sandbox, worker };
}
