import { RiskCount, RiskSample, readRiskFindings } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../../http/app-type.ts';
import { problems } from '../../../http/problem-responses.ts';
import type { RedisLink } from '../../../links/redis-link.ts';
import { operatorCall } from '../operator-call.ts';
import type { RiskRouteParts } from './rules.ts';

const MOST_SAMPLES = 1_000;
const SHOWN_SAMPLES = 100;
const COLUMNS = ['at', 'ruleId', 'action', 'stage', 'userId', 'address', 'device', 'saleId', 'itemId', 'reason'] as const;

export interface VerdictRouteParts extends RiskRouteParts {
  redis: RedisLink;
}

/** What the rules have found on all gateways in the last days. */
export async function riskVerdictRoutes(app: App, { redis, riskMemory }: VerdictRouteParts): Promise<void> {
  const read = async (limit: number) => {
    await riskMemory.store().catch(() => undefined);
    return redis.ask((client) => readRiskFindings(client, limit));
  };

  app.get(
    '/api/admin/risk/verdicts',
    {
      schema: {
        ...operatorCall,
        summary: 'Show what the rules have found, with the newest samples',
        response: {
          200: Type.Object({ counts: Type.Array(RiskCount), samples: Type.Array(RiskSample) }),
          ...problems('UNAUTHENTICATED', 'UNAVAILABLE'),
        },
      },
    },
    () => read(SHOWN_SAMPLES),
  );

  app.get(
    '/api/admin/risk/verdicts.csv',
    {
      schema: {
        ...operatorCall,
        summary: 'Export the newest thousand samples as CSV',
        response: {
          200: { content: { 'text/csv': { schema: Type.String() } } },
          ...problems('UNAUTHENTICATED', 'UNAVAILABLE'),
        },
      },
    },
    async (_, reply) => {
      const { samples } = await read(MOST_SAMPLES);
      reply.header('content-type', 'text/csv; charset=utf-8');
      reply.header('content-disposition', 'attachment; filename="verdicts.csv"');
      return [COLUMNS.join(','), ...samples.map(rowOf)].join('\r\n');
    },
  );
}

function rowOf(sample: RiskSample): string {
  return COLUMNS.map((column) => {
    if (column === 'at') return new Date(sample.at).toISOString();
    // A spreadsheet takes a text that begins like this for a formula.
    const text = String(sample[column] ?? '').replace(/^[=+\-@\t\r]/, "'$&");
    return `"${text.replaceAll('"', '""')}"`;
  }).join(',');
}
