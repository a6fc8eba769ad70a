import { type Static, Type } from 'typebox';
import { SaleId } from '../domain/fields.ts';
import { ENTRY_ID_LENGTH } from './rebuild-room.ts';

const Hex = (description: string) => Type.String({ pattern: '^[0-9a-f]{64}$', description });
const Count = (description: string) => Type.Integer({ minimum: 0, description });

const PublishedLane = Type.Object({
  count: Count('how many entries were shuffled'),
  entries: Type.String({
    pattern: `^(?:[A-Za-z0-9_-]{${ENTRY_ID_LENGTH}}|[.]{${ENTRY_ID_LENGTH}})*$`,
    description: `the ids of all entries in order of their numbers, ${ENTRY_ID_LENGTH} characters each; dots in place of one that was never answered`,
  }),
  key: Type.String({ pattern: '^$|^[0-9a-f]{64}$', description: 'of the shuffle; empty without entries' }),
  served: Count('places that have had their turn, the first ones'),
});

/** All that is needed to repeat a sale's shuffle. Published once entries are closed. */
export const PublishedDraw = Type.Object({
  saleId: SaleId,
  seedHash: Hex("SHA-256 of the seed's text, published before the first entry"),
  seed: Hex('secret until entries were closed'),
  lanes: Type.Object({ n: PublishedLane, p: PublishedLane }),
});
export type PublishedDraw = Static<typeof PublishedDraw>;
