import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

const Rate = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }));
const Milliseconds = Type.Optional(Type.Number({ minimum: 0, maximum: 3_600_000 }));
const Reason = Type.Optional(Type.String({ maxLength: 500 }));
const strict = { additionalProperties: false };

/** How a provider misbehaves. What is absent works as it should. Rates are shares of all notifications, 0 to 1. */
const Faults = Type.Object(
  {
    notifications: Type.Optional(
      Type.Object(
        {
          /** Pause before the first attempt. */
          delayMs: Milliseconds,
          /** Sent once more after the shop has it. */
          doubled: Rate,
          /** Held back for up to a second, so that later ones overtake it. */
          reordered: Rate,
          /** Never sent. */
          lost: Rate,
          /** Accompanied by one with a wrong signature. */
          forged: Rate,
        },
        strict,
      ),
    ),
    refunds: Type.Optional(
      Type.Object(
        {
          answer: Type.Union([Type.Literal('accept'), Type.Literal('pending'), Type.Literal('refuse')]),
          reason: Reason,
          /** How long a pending one waits. Default 1 s. */
          pendingMs: Milliseconds,
          /** How a pending one ends. Default: accepted. */
          end: Type.Optional(Type.Union([Type.Literal('accept'), Type.Literal('refuse')])),
        },
        strict,
      ),
    ),
    /** Pause before every answer to the shop. */
    latencyMs: Milliseconds,
    /** Answers every request of the shop with 503. */
    unavailable: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type Faults = Static<typeof Faults>;

/** Without a protocol: for all. */
const change = Compile(Type.Object({ protocol: Type.Optional(Type.String()), ...Faults.properties }, strict));

/** The faults in force, by protocol. */
export class Mood {
  readonly #faults: Map<string, Faults>;

  constructor(protocols: readonly string[]) {
    this.#faults = new Map(protocols.map((name) => [name, {}]));
  }

  of(protocol: string): Faults {
    return this.#faults.get(protocol) ?? {};
  }

  all(): Record<string, Faults> {
    return Object.fromEntries(this.#faults);
  }

  /** Replaces the faults of a protocol, or of all. Returns what is wrong with the change, if something is. */
  set(asked: unknown): string | undefined {
    if (!change.Check(asked)) {
      const [first] = change.Errors(asked);
      return `${first?.instancePath || 'The body'} ${first?.message ?? 'is no set of faults'}.`;
    }
    const { protocol, ...faults } = asked;
    if (protocol !== undefined && !this.#faults.has(protocol)) return `No protocol ${protocol} is served.`;
    for (const name of protocol === undefined ? this.#faults.keys() : [protocol]) this.#faults.set(name, faults);
    return undefined;
  }
}
