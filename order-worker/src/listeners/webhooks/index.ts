import { webhookEnvironment, webhookFaults, webhookSettings } from '../../webhooks/webhook-settings.ts';
import { defineListener } from '../listener-module.ts';

export const listener = defineListener({
  name: 'webhooks',
  settings: webhookEnvironment,
  faultsOf: webhookFaults,
  async create(values, parts) {
    const { webhookListener } = await import('../../webhooks/webhook-listener.ts');
    return webhookListener(parts, webhookSettings(values));
  },
});
