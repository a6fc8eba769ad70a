import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** Writes one value of DER: tag, length, content. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const text = (tag: number, value: string): Buffer => der(tag, Buffer.from(value));
const SHA256_WITH_RSA = sequence(der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05));
const COMMON_NAME = der(0x06, Buffer.from('550403', 'hex'));
const nameOf = (name: string): Buffer => sequence(der(0x31, sequence(COMMON_NAME, text(0x0c, name))));
/** As UTCTime, whose years have two digits. */
const time = (at: Date): Buffer => text(0x17, `${at.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`);

const DAY_MS = 86_400_000;

export interface Certificate {
  pem: string;
  /** 40 upper-case hex digits. The same key has the same number. */
  serialNo: string;
  validFrom: Date;
  validTo: Date;
}

/** Makes an X.509 certificate that its own key has signed. Node reads certificates and makes none; packages that do are 20, with 4.9 MB. */
export function selfSigned(privateKey: KeyObject, name: string): Certificate {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const hash = createHash('sha256').update(publicKey).digest();
  // A serial number is positive and has no leading zero byte.
  const serial = Buffer.concat([Buffer.from([0x40 | (hash.readUInt8(0) & 0x3f)]), hash.subarray(1, 20)]);
  const validFrom = new Date(Date.now() - DAY_MS);
  const validTo = new Date(Date.now() + 5 * 365 * DAY_MS);
  const names = nameOf(name);
  const version3 = der(0xa0, der(0x02, Buffer.from([2])));
  const validity = sequence(time(validFrom), time(validTo));
  const content = sequence(version3, der(0x02, serial), SHA256_WITH_RSA, names, validity, names, publicKey);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, privateKey));
  const base64 = sequence(content, SHA256_WITH_RSA, signature).toString('base64');
  const pem = `-----BEGIN CERTIFICATE-----\n${base64.replace(/(.{64})/g, '$1\n').trim()}\n-----END CERTIFICATE-----\n`;
  return { pem, serialNo: serial.toString('hex').toUpperCase(), validFrom, validTo };
}
