import { createTransport } from 'nodemailer';
import { TaskFailed, TaskRefused } from '../acting/acting-listener.ts';
import type { ListenerParts } from '../listener-module.ts';
import { type NoticeSettings, noticeListener } from '../notices/notice-listener.ts';
import { NOTICES } from '../notices/notices.ts';
import type { OrderListener } from '../runner/order-listener.ts';
import { htmlOf, textOf } from './mail-body.ts';

/** Mails in progress at once, as many as the lane has places. */
const CONNECTIONS = 8;
const ANSWER_WITHIN_MS = 20_000;

interface MailSettings extends NoticeSettings {
  SMTP_URL?: string;
  MAIL_FROM?: string;
}

/** Writes to buyers what happens to their orders. */
export function mailListener(settings: MailSettings, parts: Pick<ListenerParts, 'prisma' | 'publicUrl'>): OrderListener {
  const { SMTP_URL: url = '', MAIL_FROM: from = '', SHOP_NAME: shop } = settings;
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: ANSWER_WITHIN_MS,
    greetingTimeout: ANSWER_WITHIN_MS,
    socketTimeout: ANSWER_WITHIN_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return noticeListener(
    {
      name: 'mail',
      to: 'email',
      wanted: NOTICES,
      send: async ({ eventId, address, language, words, url: link }) => {
        const mail = {
          from: { name: shop, address: from },
          to: { name: '', address },
          subject: words.subject,
          text: textOf(words, link, shop),
          html: htmlOf(words, link, shop, language),
          messageId: messageIdOf(eventId, from),
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
        };
        const { messageId } = await transport.sendMail(mail).catch((error: unknown) => {
          throw faultOf(error);
        });
        return { messageId };
      },
    },
    settings,
    parts,
  );
}

/** The same at each attempt, so that a mailbox or a reader recognises a mail that was sent twice. */
const messageIdOf = (eventId: string, from: string): string => `<${eventId.replaceAll(':', '.')}@${from.split('@')[1]}>`;

/** A server's 5xx about this mail is final. Its words may quote the address, so the log keeps only the codes. */
function faultOf(error: unknown): Error {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  const said = `The mail server answered ${responseCode ?? code ?? 'nothing'}.`;
  const isAboutThisMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  return isAboutThisMail && (responseCode ?? 500) >= 500 ? new TaskRefused(said) : new TaskFailed(said);
}
