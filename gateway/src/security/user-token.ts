import { type Contact, isUserId, Problem, readContact, USER_ID_MAX_BYTES } from 'seckill-core';
import { type RiskClaimNames, type RiskClaims, readRiskClaims } from '../admission/risk/risk-claims.ts';

/** What a gateway needs of a token with a valid signature. */
export interface UserToken {
  userId: string;
  /** Unix seconds; Infinity without `exp`. */
  expiresAt: number;
  /** Unix seconds; 0 without `nbf`. */
  notBefore: number;
  /** If this user wins, the order is made before those of others. */
  priority: boolean;
  /** What rules of risk control may ask for, if the token says any of it. */
  risk?: RiskClaims | undefined;
}

/** The claim that gives a user priority: if it is true, or one of `values`, or a list with one of them. */
export interface PriorityClaim {
  name: string;
  values: readonly string[];
}

export interface ExpectedClaims {
  /** `iss`; any if undefined. */
  issuer?: string | undefined;
  /** `aud`, or one of its values; any if undefined. */
  audience?: string | undefined;
  /** If undefined, no user has priority. */
  priorityClaim?: PriorityClaim | undefined;
  /** The names of the claims that rules of risk control ask for. If undefined, none is read. */
  riskClaims?: RiskClaimNames | undefined;
}

/** Clocks differ: a provider's token may begin this much later than our clock says, and we accept it this long after its end. */
const LEEWAY_SECONDS = 5;

/** Reads the claims of a payload whose signature is valid. Throws UNAUTHENTICATED with the reason. */
export function readClaims(payload: unknown, expected: ExpectedClaims): UserToken {
  if (typeof payload !== 'object' || payload === null) throw refused('is not a JSON object');
  const { sub, exp = Infinity, nbf = 0, iss, aud } = payload as Record<string, unknown>;
  if (typeof exp !== 'number' || typeof nbf !== 'number') throw refused('has an "exp" or "nbf" that is not a number');
  if (expected.issuer !== undefined && iss !== expected.issuer) throw refused('is from another issuer ("iss")');
  if (expected.audience !== undefined && !(Array.isArray(aud) ? aud : [aud]).includes(expected.audience)) {
    throw refused('is for another audience ("aud")');
  }
  if (typeof sub !== 'string') throw refused('has no text as its "sub", which must be the user id');
  if (!isUserId(sub)) throw refused(`has a "sub" that is not 1 to ${USER_ID_MAX_BYTES} bytes of text`);
  return {
    userId: sub,
    expiresAt: exp,
    notBefore: nbf,
    priority: hasPriority(payload, expected.priorityClaim),
    risk: expected.riskClaims === undefined ? undefined : readRiskClaims(payload, expected.riskClaims),
  };
}

function hasPriority(payload: object, claim: PriorityClaim | undefined): boolean {
  if (claim === undefined) return false;
  const value = (payload as Record<string, unknown>)[claim.name];
  return value === true || [value].flat().some((each) => typeof each === 'string' && claim.values.includes(each));
}

/** Returns how the user can be reached, by the standard claims of OpenID Connect. An address that the provider has not verified counts for nothing. */
export function contactOf(payload: unknown): Contact {
  const { email, email_verified, phone_number, phone_number_verified, locale } = payload as Record<string, unknown>;
  return readContact({
    email: email_verified === false ? undefined : email,
    phone: phone_number_verified === false ? undefined : phone_number,
    locale,
  });
}

/** Throws UNAUTHENTICATED if the token is not valid at `now`, in Unix seconds. */
export function checkTime({ expiresAt, notBefore }: UserToken, now: number): void {
  if (now >= expiresAt + LEEWAY_SECONDS) throw refused('has expired');
  if (now < notBefore - LEEWAY_SECONDS) throw refused('is not valid yet ("nbf")');
}

export function refused(why: string): Problem {
  return new Problem('UNAUTHENTICATED', `Your access token ${why}. Sign in again.`);
}
