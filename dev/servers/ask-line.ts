import { createConnection } from 'node:net';

/** The first line of a server on the loopback interface, or its answer to `request`; undefined if none comes within a second. */
export function askLine(port: number, request = ''): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    let text = '';
    const end = (answer: string | undefined) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(undefined));
    socket.once('error', () => end(undefined));
    socket.once('close', () => end(undefined));
    socket.once('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.endsWith('\n')) end(text);
    });
  });
}
