/** What an access token may say of its user that rules ask for. */
export interface RiskClaims {
  /** When the account was made, ms since 1970. */
  readonly createdAt?: number;
  readonly levels?: readonly string[];
  /** A score of the identity provider. A higher one is riskier. */
  readonly score?: number;
  readonly device?: string;
  readonly asn?: string;
}

/** What only a request for a purchase token knows. */
export interface TokenFacts {
  readonly claims: RiskClaims | undefined;
  /** Of the claim, or of the scorer; undefined if no rule asks for it. */
  readonly score: number | undefined;
  /** The sale's clock, ms since 1970. */
  readonly time: number;
}

/** The names of these claims. */
export type RiskClaimNames = Readonly<Record<'age' | 'level' | 'score' | 'device' | 'asn', string>>;

export const USUAL_CLAIM_NAMES: RiskClaimNames = {
  age: 'created_at',
  level: 'level',
  score: 'risk_score',
  device: 'device_id',
  asn: 'asn',
};

/** Reads `age=created_at,level=tier`. What is not named keeps its usual name. Returns a fault as a sentence. */
export function readClaimNames(text: string): RiskClaimNames | string {
  const names: Record<string, string> = { ...USUAL_CLAIM_NAMES };
  for (const part of text.split(',')) {
    const [key = '', name = ''] = part.split('=').map((each) => each.trim());
    if (!Object.hasOwn(USUAL_CLAIM_NAMES, key) || name === '')
      return `RISK_CLAIMS has "${part}". Write pairs like age=created_at, with ${Object.keys(USUAL_CLAIM_NAMES).join(', ')} on the left.`;
    names[key] = name;
  }
  return names as RiskClaimNames;
}

/** Reads the claims of a payload whose signature is valid. Returns undefined if it has none of them, so that most tokens keep nothing. */
export function readRiskClaims(payload: object, names: RiskClaimNames): RiskClaims | undefined {
  const claims = payload as Record<string, unknown>;
  if (!Object.values(names).some((name) => claims[name] !== undefined)) return undefined;
  const [createdAt, levels, score] = [timeOf(claims[names.age]), textsOf(claims[names.level]), numberOf(claims[names.score])];
  const [[device] = [], [asn] = []] = [textsOf(claims[names.device]), textsOf(claims[names.asn])];
  const found = Object.entries({ createdAt, levels, score, device, asn: asn?.replace(/^AS/i, '') });
  const known = found.filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

/** Unix seconds, or a time in ISO 8601. */
function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return value * 1_000;
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function textsOf(value: unknown): string[] | undefined {
  const texts = [value].flat().flatMap((each) => (typeof each === 'string' || typeof each === 'number' ? [String(each)] : []));
  return texts.length === 0 ? undefined : texts;
}
