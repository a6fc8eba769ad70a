import type { Fault } from './fault.ts';
import type { NotificationFaults } from './patient.ts';

/** Longer than a buyer has to pay. */
const LATE_MS = 4_000;

const notificationFault = (kind: string, how: NotificationFaults): Fault => ({
  target: 'notifications',
  kind,
  inject: async (patient) => {
    await patient.hurtNotifications(how);
    return () => patient.hurtNotifications({});
  },
});

export const NOTIFICATION_FAULTS: readonly Fault[] = [
  notificationFault('late', { delayMs: LATE_MS }),
  notificationFault('doubled', { doubled: 1 }),
  notificationFault('reordered', { reordered: 0.8 }),
  notificationFault('lost', { lost: 1 }),
  notificationFault('forged', { forged: 1 }),
  notificationFault('all', { delayMs: 500, doubled: 0.5, reordered: 0.5, lost: 0.3, forged: 0.5 }),
];
