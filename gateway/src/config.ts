import { ConfigFault, hostOf, isDevelopment, Port, readEnvironment, settings } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { type RiskClaimNames, readClaimNames, USUAL_CLAIM_NAMES } from './admission/risk/risk-claims.ts';
import type { ScorerSettings } from './admission/risk/scorer.ts';
import { DEVELOPMENT_SECRETS, faultsOfSecrets, type SecretName, secretSettings } from './secret-settings.ts';
import type { PriorityClaim } from './security/user-token.ts';

const Environment = Type.Object({
  ...settings,
  PORT: Port(3_000),
  ...secretSettings,
  DEV_LOGIN: Type.Boolean({ default: false, description: 'true or false' }),
  COLLECT_CONTACTS: Type.Boolean({ default: false, description: 'true or false' }),
  PRIORITY_CLAIM: Type.Optional(
    Type.String({
      pattern: '^[^=]+(=[^=]+)?$',
      description: 'the name of a claim, like vip, or a name and values, like level=gold,platinum',
    }),
  ),
  RISK_CLAIMS: Type.Optional(
    Type.String({ description: 'names of claims, like age=created_at,level=tier,score=risk_score,device=device_id,asn=asn' }),
  ),
  RISK_ASN_HEADER: Type.Optional(
    Type.String({ pattern: '^[A-Za-z0-9-]+$', description: 'the name of a header that a proxy sets, like X-Client-ASN' }),
  ),
  RISK_SCORER_URL: Type.Optional(Type.String({ pattern: '^https?://', description: 'an address like http://scorer:8080/score' })),
  RISK_SCORER_TIMEOUT_MS: Type.Integer({ default: 150, minimum: 1, maximum: 2_000, description: '1 to 2000' }),
  RISK_SCORER_DEFAULT: Type.Number({ default: 0, description: 'a number' }),
  SIMULATED_BUYERS_URL: Type.Optional(
    Type.String({ pattern: '^http://', description: 'an address like http://127.0.0.1:4000/buyers' }),
  ),
});
type Environment = Static<typeof Environment>;

export interface Config {
  host: string;
  port: number;
  redisUrl: string;
  natsUrl: string;
  natsCreds: string | undefined;
  natsPrefix: string | undefined;
  jwtSecret: string;
  /** If set, access tokens are verified with this key only. */
  jwtPublicKey: string | undefined;
  /** If set, access tokens are verified only with the keys that are published there. */
  jwksUrl: string | undefined;
  /** Required of access tokens if set. */
  issuer: string | undefined;
  audience: string | undefined;
  /** The claim of an access token by which its user's orders are made before those of others. */
  priorityClaim: PriorityClaim | undefined;
  tokenSecret: string;
  adminToken: string;
  paymentWebhookSecret: string;
  /** What risk control reads beside its rules. */
  risk: {
    claims: RiskClaimNames;
    /** A proxy names the client's autonomous system in it. */
    asnHeader: string | undefined;
    scorer: ScorerSettings | undefined;
  };
  /** Values that are accepted beside those above, and never used to sign. */
  previous: {
    jwtSecret: string | undefined;
    jwtPublicKey: string | undefined;
    tokenSecret: string | undefined;
    adminToken: string | undefined;
    paymentWebhookSecret: string | undefined;
  };
  devLogin: boolean;
  /** Buyers' addresses are read from their access tokens, for mails and text messages. */
  collectContacts: boolean;
  /** The console's button for simulated buyers posts to this URL. Never set without devLogin. */
  simulatedBuyersUrl: string | undefined;
  logLevel: Environment['LOG_LEVEL'];
}

function priorityClaimOf(text: string | undefined): PriorityClaim | undefined {
  const [name, values = ''] = text?.split('=') ?? [];
  if (name === undefined) return undefined;
  return { name, values: values.split(',').filter((value) => value !== '') };
}

function riskOf(values: Environment, claims: RiskClaimNames): Config['risk'] {
  const { RISK_ASN_HEADER: asnHeader, RISK_SCORER_URL: url, RISK_SCORER_TIMEOUT_MS: timeoutMs } = values;
  const scorer = url === undefined ? undefined : { url, timeoutMs, defaultScore: values.RISK_SCORER_DEFAULT };
  return { claims, asnHeader, scorer };
}

/** Reads the environment. Throws one {@link ConfigFault} that lists every error. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const { values, faults } = readEnvironment(Environment, env);
  const production = !isDevelopment(values.NODE_ENV);
  const secret = (name: SecretName): string => values[name] ?? (production ? '' : DEVELOPMENT_SECRETS[name]);

  faults.push(...faultsOfSecrets(values, production));
  if (values.DEV_LOGIN && (values.JWT_PUBLIC_KEY ?? values.JWT_JWKS_URL) !== undefined) {
    faults.push('DEV_LOGIN signs with JWT_SECRET, but JWT_PUBLIC_KEY or JWT_JWKS_URL is set. Unset one of the two.');
  }
  if (values.DEV_LOGIN && production && !values.INSECURE_DEMO) {
    faults.push('DEV_LOGIN lets anyone sign in as any user. Unset it, or set INSECURE_DEMO=true if this is not a real shop.');
  }
  if (values.SIMULATED_BUYERS_URL !== undefined && !values.DEV_LOGIN) {
    faults.push(
      'SIMULATED_BUYERS_URL needs DEV_LOGIN=true, because simulated buyers sign in with it. Set DEV_LOGIN, or unset SIMULATED_BUYERS_URL.',
    );
  }
  const riskClaims = values.RISK_CLAIMS === undefined ? USUAL_CLAIM_NAMES : readClaimNames(values.RISK_CLAIMS);
  if (typeof riskClaims === 'string') faults.push(riskClaims);
  if (faults.length > 0) throw new ConfigFault('gateway', faults);
  return {
    host: hostOf(values),
    port: values.PORT,
    redisUrl: values.REDIS_URL,
    natsUrl: values.NATS_URL,
    natsCreds: values.NATS_CREDS,
    natsPrefix: values.NATS_PREFIX,
    jwtSecret: secret('JWT_SECRET'),
    jwtPublicKey: values.JWT_PUBLIC_KEY,
    jwksUrl: values.JWT_JWKS_URL,
    issuer: values.JWT_ISSUER,
    audience: values.JWT_AUDIENCE,
    priorityClaim: priorityClaimOf(values.PRIORITY_CLAIM),
    risk: riskOf(values, typeof riskClaims === 'string' ? USUAL_CLAIM_NAMES : riskClaims),
    tokenSecret: secret('TOKEN_SECRET'),
    adminToken: secret('ADMIN_TOKEN'),
    paymentWebhookSecret: secret('PAYMENT_WEBHOOK_SECRET'),
    previous: {
      jwtSecret: values.JWT_SECRET_PREVIOUS,
      jwtPublicKey: values.JWT_PUBLIC_KEY_PREVIOUS,
      tokenSecret: values.TOKEN_SECRET_PREVIOUS,
      adminToken: values.ADMIN_TOKEN_PREVIOUS,
      paymentWebhookSecret: values.PAYMENT_WEBHOOK_SECRET_PREVIOUS,
    },
    devLogin: values.DEV_LOGIN,
    collectContacts: values.COLLECT_CONTACTS,
    simulatedBuyersUrl: values.SIMULATED_BUYERS_URL,
    logLevel: values.LOG_LEVEL,
  };
}
