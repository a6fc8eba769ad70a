/**
 * Text that every part can hold: without U+0000, which PostgreSQL has no room for, and without half of a surrogate pair, which no encoding
 * of Unicode can express. Used with the flag `u`, as JSON Schema does.
 */
export const TEXT_PATTERN = '^[^\\u0000\\ud800-\\udfff]*$';

const text = new RegExp(TEXT_PATTERN, 'u');

export const isText = (value: string): boolean => text.test(value);
