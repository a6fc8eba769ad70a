import { type Static, Type } from 'typebox';
import { defineRpc } from '../bus/rpc.ts';
import { Count, IsoTime, SaleId, Text } from '../domain/fields.ts';
import { UUID_PATTERN } from '../domain/ids.ts';
import { EntryKind, ListName, NewEntry } from '../domain/risk/risk-lists.ts';
import { RiskRules } from '../domain/risk/risk-rules.ts';
import { UserId } from '../domain/user-id.ts';
import { nextPage, pageRequest } from './page.ts';

const EntryId = Type.String({ pattern: UUID_PATTERN });
const Version = Type.Integer({ minimum: 0 });
export const ChangeCursor = Type.String({ pattern: '^\\d{1,9}$' });
export const EntryCursor = EntryId;

/** Who makes a change: the operator's name as they gave it, and the address of their request. */
const by = { changedBy: Text(1, 100), address: Type.Optional(Text(1, 100)) };

/** The body of `PUT /api/admin/risk/rules`. */
export const ChangeRules = Type.Object(
  {
    version: { ...Version, description: 'the `version` that you read; 409 if the rules have changed since' },
    rules: RiskRules,
    why: Type.Optional(Text(1, 500)),
  },
  { additionalProperties: false },
);

/** The rules as operators see them. */
export const RiskRulesView = Type.Object({
  version: { ...Version, description: 'of the rules: send it with the next change' },
  changedAt: IsoTime,
  changedBy: Type.String(),
  rules: RiskRules,
});
export type RiskRulesView = Static<typeof RiskRulesView>;

/** An entry of a list as operators see it. */
export const RiskEntry = Type.Object({
  entryId: EntryId,
  list: ListName,
  kind: EntryKind,
  value: Type.String(),
  saleId: Type.Optional(SaleId),
  note: Type.Optional(Type.String()),
  expiresAt: Type.Optional(IsoTime),
  addedAt: IsoTime,
  addedBy: Type.String(),
});
export type RiskEntry = Static<typeof RiskEntry>;

/** The body of `POST /api/admin/risk/appeals`. */
export const Appeal = Type.Object(
  { userId: UserId, saleId: Type.Optional(SaleId), note: Text(1, 500), expiresAt: Type.Optional(IsoTime) },
  { additionalProperties: false },
);

/** The body of `DELETE /api/admin/risk/lists/:list`. */
export const RemoveEntry = Type.Object({ entryId: EntryId }, { additionalProperties: false });

export const RiskChangeView = Type.Object({
  version: Version,
  changedAt: IsoTime,
  changedBy: Type.String(),
  address: Type.Optional(Type.String()),
  what: Type.Enum(['rules', 'entry-added', 'entry-removed', 'appeal']),
  why: Type.Optional(Type.String()),
  detail: Type.Unknown({ description: 'the rules, or the entry' }),
});
export type RiskChangeView = Static<typeof RiskChangeView>;

const COMMAND_MS = 10_000;

/** What operators do with the rules and lists of risk control. Once a change has its reply, gateways can read it in Redis. */
export const riskCalls = {
  getRiskRules: defineRpc('get-risk-rules', Type.Object({}), RiskRulesView),
  /** VERSION_CONFLICT if the rules have changed since, VALIDATION_FAILED for rules that contradict themselves. */
  changeRiskRules: defineRpc('change-risk-rules', Type.Object({ ...ChangeRules.properties, ...by }), RiskRulesView, COMMAND_MS),
  /** The newest first. */
  listRiskEntries: defineRpc(
    'list-risk-entries',
    Type.Object({ list: ListName, ...pageRequest(EntryCursor) }),
    Type.Object({ entries: Type.Array(RiskEntry), ...nextPage(EntryCursor) }),
  ),
  /** The names of all lists with entries, and how many they have. */
  listRiskLists: defineRpc(
    'list-risk-lists',
    Type.Object({}),
    Type.Object({ lists: Type.Array(Type.Object({ list: ListName, entries: Count })) }),
  ),
  /** An entry that is there gets the new note and expiry. VALIDATION_FAILED for a value that is not of its kind. */
  addRiskEntry: defineRpc(
    'add-risk-entry',
    Type.Object({ list: ListName, isAppeal: Type.Optional(Type.Boolean()), ...NewEntry.properties, ...by }),
    RiskEntry,
    COMMAND_MS,
  ),
  /** Repeating it changes nothing. */
  removeRiskEntry: defineRpc(
    'remove-risk-entry',
    Type.Object({ list: ListName, entryId: EntryId, ...by }),
    Type.Object({}),
    COMMAND_MS,
  ),
  /** The newest first. */
  listRiskChanges: defineRpc(
    'list-risk-changes',
    Type.Object(pageRequest(ChangeCursor)),
    Type.Object({ changes: Type.Array(RiskChangeView), ...nextPage(ChangeCursor) }),
  ),
} as const;
