import { HttpUrl } from 'seckill-core';
import { Type } from 'typebox';
import { contactSettings } from '../../contacts/find-contact.ts';
import { defineListener } from '../listener-module.ts';
import { NOTICES, noticeFaults, noticeSettings } from '../notices/notices.ts';

const names = NOTICES.join('|');

export const listener = defineListener({
  name: 'sms',
  settings: Type.Object({
    SMS_URL: Type.Optional(HttpUrl),
    SMS_SECRET: Type.Optional(Type.String()),
    SMS_EVENTS: Type.String({
      pattern: `^(${names})(,(${names}))*$`,
      default: 'created,refunded',
      description: `names of events, separated by commas: ${NOTICES.join(', ')}`,
    }),
    SMS_PER_DAY: Type.Integer({ minimum: 1, maximum: 1_000, default: 10, description: 'a number from 1 to 1000' }),
    ...noticeSettings,
    ...contactSettings,
  }),
  isOn: ({ SMS_URL: url }) => url !== undefined,
  faultsOf: noticeFaults,
  async create(values, parts) {
    const { smsListener } = await import('./sms.ts');
    return smsListener(values, parts);
  },
});
