import { type Static, Type } from 'typebox';
import { IsoTime, SaleId, Text } from '../fields.ts';
import { isUserId } from '../user-id.ts';
import { networkOf, readAddress, readCidr, withoutMapping } from './networks.ts';

/** Who is in it passes every rule. */
export const ALLOW_LIST = 'allow';
/** Who is in it, and not in {@link ALLOW_LIST}, is blocked. */
export const DENY_LIST = 'deny';
/** Entries of all lists together: every gateway keeps them in memory. */
export const MOST_ENTRIES = 50_000;

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

/** An entry that an operator adds. */
export const NewEntry = Type.Object(
  { ...Entry, note: Type.Optional(Text(1, 500)), expiresAt: Type.Optional(IsoTime) },
  { additionalProperties: false },
);
export type NewEntry = Static<typeof NewEntry>;

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

const EXPECTED: Readonly<Record<EntryKind, string>> = {
  user: 'a user id',
  address: 'an IPv4 or IPv6 address',
  subnet: 'a network in CIDR notation, like 203.0.113.0/24 or 2001:db8::/48',
  device: '1 to 128 letters, digits, and "_.:-"',
  asn: 'a number of an autonomous system, like 64500 or AS64500',
};

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

/** What a value of this kind has to be, for an error. */
export const expectedValue = (kind: EntryKind): string => EXPECTED[kind];
