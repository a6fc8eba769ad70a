import { type TString, Type } from 'typebox';
import { isText, TEXT_PATTERN } from './text.ts';

/** UTF-8. The longest `sub` of OpenID Connect, section 2. */
export const USER_ID_MAX_BYTES = 255;

/**
 * The id that an identity provider gives a user: `auth0|5f7c9e`, `José`, an e-mail address. It is opaque: two ids are equal if their bytes
 * are, so nothing here trims, folds or normalizes it. JSON Schema counts characters; {@link isUserId} counts bytes.
 */
export const UserId: TString = Type.String({
  minLength: 1,
  maxLength: USER_ID_MAX_BYTES,
  pattern: TEXT_PATTERN,
  description: 'Any text of 1 to 255 bytes in UTF-8, without U+0000.',
});

/** The one check of every user id that comes from outside. */
export function isUserId(value: string): boolean {
  return value !== '' && Buffer.byteLength(value) <= USER_ID_MAX_BYTES && isText(value);
}
