import type { PrismaClient } from 'seckill-prisma';
import type { ListenerParts } from '../listener-module.ts';
import { type NoticeSettings, noticeListener } from '../notices/notice-listener.ts';
import { isNotice } from '../notices/notices.ts';
import type { OrderListener } from '../runner/order-listener.ts';
import { httpSms } from './http-sms.ts';
import type { SmsService } from './sms-service.ts';

interface SmsSettings extends NoticeSettings {
  SMS_URL?: string;
  SMS_SECRET?: string;
  SMS_EVENTS: string;
  SMS_PER_DAY: number;
}

/** Sends buyers text messages about their orders. A user gets a limited number a day: each costs money. */
export function smsListener(settings: SmsSettings, parts: Pick<ListenerParts, 'prisma' | 'publicUrl'>): OrderListener {
  const { SMS_URL: url = '', SMS_SECRET: secret, SMS_EVENTS: events, SMS_PER_DAY: mostPerDay } = settings;
  const service: SmsService = httpSms(url, secret);
  return noticeListener(
    {
      name: 'sms',
      to: 'phone',
      wanted: events.split(',').filter(isNotice),
      send: async ({ eventId, event, address, language, words, url: link }, giveUpAt) => {
        if (!(await mayGet(parts.prisma, { eventId, userId: event.userId, mostPerDay }))) {
          return { skipped: `this user has had ${mostPerDay} messages today` };
        }
        const text = [words.subject, link].join(' ');
        return service.send({ to: address, text, language, template: `order.${event.event}`, eventId }, giveUpAt);
      },
    },
    settings,
    parts,
  );
}

/** Notes the message before it is sent, once. Resolves to false if the user has had as many as they may in the last 24 hours. */
function mayGet(
  prisma: PrismaClient,
  { eventId, userId, mostPerDay }: { eventId: string; userId: string; mostPerDay: number },
): Promise<boolean> {
  return prisma.$transaction(async (tx) => {
    // Two orders of a user have their messages at the same time.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('sms'), hashtext(${userId}))`;
    const [counted] = await tx.$queryRaw<[{ noted: boolean; sent: number }]>`
      SELECT coalesce(bool_or(event_id = ${eventId}), false) AS noted,
        (count(*) FILTER (WHERE sent_at > clock_timestamp() - interval '24 hours'))::int AS sent
      FROM sms_messages WHERE user_id = ${userId}`;
    if (counted.noted) return true;
    if (counted.sent >= mostPerDay) return false;
    await tx.smsMessage.create({ data: { eventId, userId } });
    return true;
  });
}
