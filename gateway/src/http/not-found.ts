import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { App } from './app-type.ts';
import { sendProblem } from './problem.ts';

/** Answers 404, or 405 if the address has another method. Call it before the routes are added. */
export function notFoundHandler(app: App): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each as HTTPMethods);
    methods.set(url, known);
  });
  return (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = new Set<string>();
    for (const [url, known] of methods) if (isAt(url, path)) for (const method of known) allowed.add(method);
    if (allowed.size === 0) return sendProblem(reply, 'NOT_FOUND');
    reply.header('allow', Array.from(allowed).join(', '));
    return sendProblem(reply, 'METHOD_NOT_ALLOWED');
  };
}

/** Returns whether the path matches a route's pattern. A wildcard matches nothing: a path below it is not a known address. */
function isAt(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return (
    wanted.length === given.length && wanted.every((part, i) => (part.startsWith(':') ? given[i] !== '' : part === given[i]))
  );
}
