import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { ANSWERS, type AnswerCode, Problem, TEXT_PATTERN } from 'seckill-core';

const PROBLEM_JSON = 'application/problem+json; charset=utf-8';
/** The page that explains the codes. */
export const PROBLEMS_PATH = '/problems';

/** The text of each code's problem without its request id and time to wait, built once. */
const HEADS = Object.fromEntries(
  Object.entries(ANSWERS).map(([code, { detail }]) => [code, headWith(code as AnswerCode, detail)]),
) as Record<AnswerCode, string>;

/** Answers with a problem (RFC 9457) without Fastify. We make the request id ourselves, so it needs no escaping. */
export function answerProblem(
  response: ServerResponse,
  requestId: string,
  code: AnswerCode,
  { retryAfterMs, detail }: { retryAfterMs?: number | undefined; detail?: string | undefined } = {},
): void {
  const text = textOf(detail === undefined ? HEADS[code] : headWith(code, detail), requestId, retryAfterMs);
  // All of it is ASCII, so characters are bytes. Node writes text faster as latin1.
  const headers = ['content-type', PROBLEM_JSON, 'x-content-type-options', 'nosniff', 'content-length', text.length];
  if (retryAfterMs !== undefined) headers.push('retry-after', retryAfterSeconds(retryAfterMs));
  response.writeHead(ANSWERS[code].status, headers).end(text, 'latin1');
}

/** Sends a problem (RFC 9457). */
export function sendProblem(reply: FastifyReply, code: AnswerCode, retryAfterMs?: number): FastifyReply {
  return send(reply, code, HEADS[code], retryAfterMs);
}

function send(reply: FastifyReply, code: AnswerCode, head: string, retryAfterMs: number | undefined): FastifyReply {
  reply.problemCode = code;
  reply.statusCode = ANSWERS[code].status;
  reply.header('content-type', PROBLEM_JSON);
  reply.header('x-content-type-options', 'nosniff');
  if (retryAfterMs !== undefined) reply.header('retry-after', retryAfterSeconds(retryAfterMs));
  return reply.send(textOf(head, reply.request.id, retryAfterMs));
}

function textOf(head: string, requestId: string, retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined) return `${head}${requestId}"}`;
  return `${head}${requestId}","retryAfterMs":${Math.max(0, Math.ceil(retryAfterMs))}}`;
}

function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1_000));
}

/** Sends a problem with its own `detail`. */
function sendProblemWith(reply: FastifyReply, code: AnswerCode, detail: string, retryAfterMs?: number): FastifyReply {
  return send(reply, code, headWith(code, detail), retryAfterMs);
}

/** Returns the text of a problem without its request id and time to wait. */
function headWith(code: AnswerCode, detail: string): string {
  const { title, status } = ANSWERS[code];
  return `${JSON.stringify({ type: `${PROBLEMS_PATH}#${code}`, title, status, code, detail }).slice(0, -1)},"requestId":"`;
}

/** Answers with the problem of an error that was thrown, without Fastify. */
export function answerError(response: ServerResponse, requestId: string, error: unknown, log: Logger): AnswerCode {
  const { code, message: detail, retryAfterMs } = problemOf(error, requestId, log);
  answerProblem(response, requestId, code, { detail, retryAfterMs });
  return code;
}

/** Turns anything that Fastify, a validator or a handler throws into a problem. Nothing of an unexpected error reaches the client. */
export function problemHandler(log: Logger): (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (error, request, reply) => {
    const problem = problemOf(error, request.id, log);
    return sendProblemWith(reply, problem.code, problem.message, problem.retryAfterMs);
  };
}

function problemOf(error: unknown, requestId: string, log: Logger): Problem {
  const problem = asProblem(error as FrameworkError);
  if (problem.code === 'INTERNAL') log.error({ err: error, requestId }, 'a request failed');
  return problem;
}

interface FrameworkError extends Error {
  code?: string;
  statusCode?: number;
  validation?: Violation[];
  validationContext?: string;
}

interface Violation {
  keyword: string;
  instancePath: string;
  message?: string;
  params: Record<string, unknown>;
}

const RETRY_AFTER_MS = 1_000;

function asProblem(error: FrameworkError): Problem {
  if (error instanceof Problem) return error;
  if (error.name === 'RedisAway') return new Problem('UNAVAILABLE', undefined, RETRY_AFTER_MS);
  if (error.validation !== undefined) return invalid(describe(error.validation, error.validationContext ?? 'body'));
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return invalid('body is too large for this address.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return invalid('content-type must be application/json.');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return invalid('body is empty, but must be a JSON object.');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return invalid('body is not JSON.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return invalid('content-length differs from the length of the body.');
    case 'FST_ERR_BAD_URL':
      return invalid(
        'url is not spelled the usual way: write each part of the path as encodeURIComponent does, without "//", "." and "..".',
      );
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('NOT_FOUND');
  }
  const status = error.statusCode ?? 500;
  if (status === 404) return new Problem('NOT_FOUND');
  return status >= 400 && status < 500 ? new Problem('VALIDATION_FAILED') : new Problem('INTERNAL');
}

function invalid(detail: string): Problem {
  return new Problem('VALIDATION_FAILED', detail);
}

/** Returns a sentence that begins with the field: `items.0.stock must be …`. */
function describe([violation]: Violation[], context: string): string {
  if (violation === undefined) return `${context} is not valid.`;
  const path = violation.instancePath.slice(1).replaceAll('/', '.');
  const of = (field: unknown): string => [path, String(field)].filter((part) => part !== '').join('.');
  if (violation.keyword === 'additionalProperties') return `${of(violation.params['additionalProperty'])} is not a known field.`;
  if (violation.keyword === 'required') return `${of(violation.params['missingProperty'])} is missing.`;
  const isNoText = violation.keyword === 'pattern' && violation.params['pattern'] === TEXT_PATTERN;
  const fault = isNoText ? 'must have neither U+0000 nor half of a surrogate pair' : (violation.message ?? 'is not valid');
  return `${path === '' ? context : path} ${fault}.`;
}

const BAD_REQUESTS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'The headers are too large.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request came too slowly.',
};

/** Answers input that is not HTTP, comes too slowly, or has too large headers. There is no request to reply to, only a socket. */
export function sendBadRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const detail = BAD_REQUESTS[error.code ?? ''] ?? 'This is not an HTTP request.';
  const { title, status } = ANSWERS.VALIDATION_FAILED;
  const code: AnswerCode = 'VALIDATION_FAILED';
  const body = JSON.stringify({ type: `${PROBLEMS_PATH}#${code}`, title, status, code, detail, requestId: 'none' });
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_JSON}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`,
  );
}
