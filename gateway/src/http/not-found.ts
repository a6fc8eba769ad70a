import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { App } from './app-type.ts';
import { sendProblem } from './problem.ts';

interface Pattern {
  readonly parts: readonly string[];
  readonly methods: Set<string>;
}

/** Answers 404, or 405 if the address has another method. Call it before the routes are added. */
export function notFoundHandler(app: App): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const patterns = new Map<string, Pattern>();
  let longest = 0;
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = patterns.get(url) ?? { parts: url.split('/'), methods: new Set() };
    for (const each of [method].flat()) pattern.methods.add(each as HTTPMethods);
    patterns.set(url, pattern);
    longest = Math.max(longest, pattern.parts.length);
  });
  return (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    // A longer path is cut: it matches no pattern, however many parts it has.
    const given = path.split('/', longest + 1);
    const allowed = new Set<string>();
    for (const { parts, methods } of patterns.values()) {
      if (isAt(parts, given)) for (const method of methods) allowed.add(method);
    }
    if (allowed.size === 0) return sendProblem(reply, 'NOT_FOUND');
    reply.header('allow', Array.from(allowed).join(', '));
    return sendProblem(reply, 'METHOD_NOT_ALLOWED');
  };
}

/** Returns whether the path matches a route's pattern. A wildcard matches nothing: a path below it is not a known address. */
function isAt(wanted: readonly string[], given: readonly string[]): boolean {
  return (
    wanted.length === given.length && wanted.every((part, i) => (part.startsWith(':') ? given[i] !== '' : part === given[i]))
  );
}
