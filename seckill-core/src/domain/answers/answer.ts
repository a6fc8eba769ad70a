/** One answer of the API that is not a success. Every field is required, so the compiler refuses an incomplete entry. */
export interface Answer {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** The problem's title: the same every time. */
  readonly title: string;
  /** The problem's detail, unless the code that answers knows a more specific one. */
  readonly detail: string;
  /** The sale has decided: this purchase token has won nothing, and its buyer has no order from it. */
  readonly isFinal: boolean;
  readonly retry: Retry;
}

/** What the client can do next. Every retry is safe: a purchase token wins at most once. */
export type Retry =
  /** Send the same request, with the same purchase token, after `retryAfterMs`. */
  | 'same request'
  /** Find out whether the old purchase token has won, then get a new one. */
  | 'new token'
  /** Solve the challenge that came with the token, then send the same request with the solution. */
  | 'solve the challenge'
  /** Wait for a turn in the sale's waiting room, then send the same request. */
  | 'wait for a turn'
  /** Sign in, then send the same request. */
  | 'sign in'
  /** Send the same request when units have come back. */
  | 'when units return'
  /** The same request gets the same answer. */
  | 'never';

/** An answer that a buyer can meet, in the words of the storefront. */
export interface BuyerAnswer extends Answer {
  readonly buyer: { readonly en: string; readonly zh: string };
}

/** An answer to an attempt to buy. The console counts and draws each of them. */
export interface PurchaseAnswer extends BuyerAnswer {
  /** The operator's word for it, and the colour of its line: `--c-<tone>` in the console's style sheet. */
  readonly chart: { readonly label: string; readonly tone: Tone };
}

export type Tone =
  | 'sold-out'
  | 'limited'
  | 'share'
  | 'early'
  | 'paused'
  | 'ended'
  | 'token'
  | 'challenge'
  | 'blocked'
  | 'unavailable';
