import { json } from '../../json.ts';
import type { SandboxAnswer } from '../../protocol.ts';

export const ok = (value: object): SandboxAnswer => json(200, value);

/** @param code One of WeChat Pay's error codes. */
export const fault = (status: number, code: string, message: string): SandboxAnswer => json(status, { code, message });

const OFFSET_MS = 8 * 3_600_000;
const beijing = (at: number): string => new Date(at + OFFSET_MS).toISOString();

/** RFC 3339 with the offset of Beijing. */
export const beijingTime = (at: number): string => `${beijing(at).slice(0, 19)}+08:00`;

/** `YYYY-MM-DD` in Beijing. */
export const beijingDay = (at: number): string => beijing(at).slice(0, 10);
