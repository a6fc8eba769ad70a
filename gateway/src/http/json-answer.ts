import type { ServerResponse } from 'node:http';

/** Answers with JSON that is all ASCII, without Fastify: its characters are bytes, and Node writes text faster as latin1. */
export function answerJson(response: ServerResponse, status: number, text: string): void {
  const headers = ['content-type', 'application/json; charset=utf-8', 'content-length', text.length];
  response.writeHead(status, headers).end(text, 'latin1');
}
