import { Type } from 'typebox';
import { contactSettings } from '../../contacts/find-contact.ts';
import { defineListener } from '../listener-module.ts';
import { noticeFaults, noticeSettings } from '../notices/notices.ts';

export const listener = defineListener({
  name: 'mail',
  settings: Type.Object({
    SMTP_URL: Type.Optional(
      Type.String({ pattern: '^smtps?://[^\\s/]+(/.*)?$', description: 'an address like smtp://user:password@mail.example:587' }),
    ),
    MAIL_FROM: Type.Optional(
      Type.String({
        pattern: '^[^\\s@<>",]+@[^\\s@<>",]+$',
        description: 'the mail address of the sender, like shop@example.com',
      }),
    ),
    ...noticeSettings,
    ...contactSettings,
  }),
  isOn: ({ SMTP_URL: url }) => url !== undefined,
  faultsOf: (values) => [
    ...(values.MAIL_FROM === undefined
      ? ['MAIL_FROM is not set, and SMTP_URL is. Set it to the mail address of the sender.']
      : []),
    ...noticeFaults(values),
  ],
  async create(values, parts) {
    const { mailListener } = await import('./mail.ts');
    return mailListener(values, parts);
  },
});
