import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail server that delivers nothing. `take` returns whether it takes a mail; if not, it asks the sender to come back later. */
export async function startMailServer(
  { host, port }: { host: string; port: number },
  take: (messageId: string) => boolean,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, _, done) => {
      let head = '';
      stream.on('data', (chunk: Buffer) => {
        if (head.length < 10_000) head += chunk.toString('latin1');
      });
      stream.on('end', () => {
        const [, messageId = ''] = /^Message-ID:\s*(\S+)/im.exec(head) ?? [];
        done(take(messageId) ? null : Object.assign(new Error('come back later'), { responseCode: 451 }));
      });
    },
  });
  // A client that is killed resets its connection.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
