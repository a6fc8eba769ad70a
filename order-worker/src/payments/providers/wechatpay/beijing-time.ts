/** WeChat Pay's days are those of Beijing, which has no summer time. */
const OFFSET_MS = 8 * 3_600_000;

const shifted = (at: number): string => new Date(at + OFFSET_MS).toISOString();

/** `YYYY-MM-DD`. */
export const beijingDay = (at: number): string => shifted(at).slice(0, 10);

/** Whole seconds, rounded down, in the form of RFC 3339 that WeChat Pay's examples have. */
export const beijingTime = (at: number): string => `${shifted(at).slice(0, 19)}+08:00`;

/** Reads `YYYY-MM-DD HH:mm:ss`. NaN for another form. */
export const fromBeijing = (text: string): number => Date.parse(`${text.replace(' ', 'T')}+08:00`);
