import type { SandboxAnswer } from '../../protocol.ts';

interface StripeError {
  type: string;
  message: string;
  code?: string;
  param?: string;
}

/** Ends a request with an error in Stripe's form. */
export class Refusal extends Error {
  readonly answer: SandboxAnswer;

  constructor(status: number, error: StripeError) {
    super(error.message);
    this.answer = answerOf(status, { error });
  }
}

export const invalid = (message: string, more: { code?: string; param?: string } = {}): Refusal =>
  new Refusal(400, { type: 'invalid_request_error', message, ...more });

export const missing = (id: string): Refusal =>
  new Refusal(404, { type: 'invalid_request_error', code: 'resource_missing', param: 'id', message: `No such object: '${id}'` });

export const answerOf = (status: number, body: object): SandboxAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'request-id': 'req_sandbox' },
  body: JSON.stringify(body),
});
