import type { NotificationFaults } from '../patient.ts';

const WITHIN_MS = 5_000;

/** Sets what the sandbox does to its notifications. */
export async function hurtNotifications(paymentsUrl: string, how: NotificationFaults): Promise<void> {
  await ask(paymentsUrl, { method: 'POST', body: JSON.stringify({ notifications: how }) });
}

/** Returns how many forged notifications the platform accepted since the sandbox was started. */
export async function forgeriesTaken(paymentsUrl: string): Promise<number> {
  const { notifications } = (await ask(paymentsUrl)) as { notifications: { forgedAccepted: number } };
  return notifications.forgedAccepted;
}

async function ask(paymentsUrl: string, options: RequestInit = {}): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${paymentsUrl}/faults`, { ...options, headers, signal: AbortSignal.timeout(WITHIN_MS) });
  if (!response.ok) throw new Error(`The sandbox answered ${response.status} to a change of its faults.`);
  return response.json();
}
