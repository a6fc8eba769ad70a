import { type Static, Type } from 'typebox';
import { SaleId, Text } from '../fields.ts';
import { isUserId } from '../user-id.ts';
import { networkOf, readAddress, readCidr, withoutMapping } from './networks.ts';

/** Who is in it passes every rule. */
export const ALLOW_LIST = 'allow';
/** Who is in it, and not in {@link ALLOW_LIST}, is blocked. */
export const DENY_LIST = 'deny';
export const ListName = Type.String({
  pattern: '^[a-z0-9-]{1,40}$',
  description: 'lower-case letters, digits and dashes; `allow` and `deny` work without a rule',
});

const KINDS = ['user', 'address', 'subnet', 'device', 'asn'] as const;
export const EntryKind = Type.Enum([...KINDS]);
export type EntryKind = (typeof KINDS)[number];

const Entry = {
  kind: EntryKind,
  value: Text(1, 255),
  saleId: Type.Optional({ ...SaleId, description: 'the entry is for this sale alone' }),
};

/** An entry as gateways know it. */
export const KnownEntry = Type.Object({
  list: ListName,
  ...Entry,
  /** ms since 1970. */
  expiresAt: Type.Optional(Type.Integer()),
});
export type KnownEntry = Static<typeof KnownEntry>;

const DEVICE = /^[\w.:-]{1,128}$/;
const ASN = /^(?:AS)?(\d{1,10})$/i;

export const isDeviceId = (text: string): boolean => DEVICE.test(text);

/** Returns the one spelling of an entry's value. Undefined if it is not of this kind. */
export function normalValue(kind: EntryKind, value: string): string | undefined {
  switch (kind) {
    case 'user':
      return isUserId(value) ? value : undefined;
    case 'address': {
      const address = withoutMapping(value.trim());
      return readAddress(address) === undefined ? undefined : networkOf(address);
    }
    case 'subnet':
      return readCidr(value.trim()) === undefined ? undefined : value.trim().toLowerCase();
    case 'device':
      return isDeviceId(value) ? value : undefined;
    case 'asn':
      return ASN.exec(value.trim())?.[1];
  }
}
