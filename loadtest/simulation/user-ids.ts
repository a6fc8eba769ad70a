/** What identity providers use as user ids, and what would break a part that reads a user id instead of carrying it. */
const FORMS: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => `auth0|${name}`,
  (name) => `google-oauth2|${name}`,
  (name) => `${name}@example.com`,
  (name) => `José ${name}`,
  (name) => `${name}|1|1700000000000|0`,
  (name) => `用户.*.>.${name}🛒`,
  (name) => `{"${name}"}, 'x' \\ %s\n\t`,
];

/** Returns a user id of the form that `index` selects, different for each name. */
export function userIdLike(name: string, index: number): string {
  return FORMS[index % FORMS.length]?.(name) ?? name;
}
