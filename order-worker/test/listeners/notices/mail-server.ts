import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  to: string;
  /** The mail as it came: headers and MIME parts. */
  source: string;
  messageId: string;
}

/** A real SMTP server on a free port. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  /** What it answers to the next recipients; 250 once the list is empty. */
  readonly refusals: number[] = [];
  #server: SMTPServer;
  #port = 0;

  constructor() {
    this.#server = this.#create();
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // It comes back at the same port.
    this.#server = this.#create();
  }

  #create(): SMTPServer {
    return new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      // The worker keeps its connection, and is stopped after this server.
      closeTimeout: 100,
      onRcptTo: (_, __, done) => {
        const code = this.refusals.shift();
        done(code === undefined ? null : Object.assign(new Error('no such mailbox'), { responseCode: code }));
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const source = Buffer.concat(chunks).toString();
          const messageId = /^Message-ID: (.*)$/im.exec(source)?.[1] ?? '';
          this.mails.push({ to: session.envelope.rcptTo.map(({ address }) => address).join(), source, messageId });
          done(null);
        });
      },
    });
  }
}
