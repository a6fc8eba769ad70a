import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

/** RFC 5321 allows 254 bytes. A mail server has the last word on the rest. */
const Email = Type.String({ maxLength: 254, pattern: '^[^\\s@<>",;:\\\\]+@[^\\s@<>",;:\\\\]+$' });
/** E.164. */
const Phone = Type.String({ pattern: '^\\+[1-9][0-9]{5,14}$' });
const Locale = Type.String({ pattern: '^[A-Za-z0-9_-]{2,35}$' });

/** How a user can be reached, and in which language. */
export const Contact = Type.Object({
  email: Type.Optional(Email),
  phone: Type.Optional(Phone),
  locale: Type.Optional(Locale),
});
export type Contact = Static<typeof Contact>;

/** Returns what is valid of these values, as another system gave them. */
export function readContact({ email, phone, locale }: { [Field in keyof Contact]?: unknown }): Contact {
  return {
    ...(Value.Check(Email, email) ? { email } : {}),
    ...(Value.Check(Phone, phone) ? { phone } : {}),
    ...(Value.Check(Locale, locale) ? { locale } : {}),
  };
}
