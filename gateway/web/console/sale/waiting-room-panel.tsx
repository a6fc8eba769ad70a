import { defineComponent } from 'vue';
import { readSale } from '../../shared/api/buyer-api.ts';
import type { AdminSale } from '../../shared/api/contract.ts';
import { drawUrl } from '../../shared/api/waiting-room-api.ts';
import { roomOf } from '../../shared/sale/sale-room.ts';
import { formatAge, formatCount, formatWhen } from '../parts/numbers.ts';
import { usePolled } from '../parts/use-polled.ts';

const LOOK_MS = 2_000;

/** The people in the waiting room of a published sale, and what proves that their order was not chosen. */
export const WaitingRoomPanel = defineComponent(
  (props: { sale: AdminSale }) => {
    const { value } = usePolled(
      () => readSale(props.sale.saleId),
      () => LOOK_MS,
    );
    return () => {
      const { admission, waitingRoom, saleId } = props.sale;
      if (waitingRoom === undefined) return null;
      const now = value.value && roomOf(value.value);
      return (
        <section class="panel card">
          <header>
            <h2>{admission === 'draw' ? 'Draw' : 'Queue'}</h2>
            <span class="hint">Everyone who comes before {formatWhen(waitingRoom.entriesUntil)} gets a random place</span>
          </header>
          <dl class="room-facts">
            <dt>Waiting</dt>
            <dd class="numbers">{now === undefined ? '–' : formatCount(now.waiting)}</dd>
            <dt>Had their turn</dt>
            <dd class="numbers">{now === undefined ? '–' : formatCount(now.served)}</dd>
            <RoomSettings room={waitingRoom} hasLanes={admission === 'queue'} />
            {now?.seed !== undefined && (
              <>
                <dt>Seed</dt>
                <dd class="mono">{now.seed}</dd>
              </>
            )}
          </dl>
          {now?.seed !== undefined && (
            <a href={drawUrl(saleId)} target="_blank" rel="noopener">
              Published data, for <code>seckill draw verify</code>
            </a>
          )}
        </section>
      );
    };
  },
  { props: ['sale'] },
);

type Room = NonNullable<AdminSale['waitingRoom']>;

/** The waiting room of a draft. The hash can be announced before the first buyer comes. */
export function DraftRoom({ sale: { admission, waitingRoom } }: { sale: AdminSale }) {
  if (waitingRoom === undefined) return null;
  return (
    <section class="panel card">
      <header>
        <h2>{admission === 'draw' ? 'Draw' : 'Queue'}</h2>
        <span class="hint">Announce the hash of the seed: after the shuffle, anyone can check that it was fixed before</span>
      </header>
      <dl class="room-facts">
        <RoomSettings room={waitingRoom} hasLanes={admission === 'queue'} />
      </dl>
    </section>
  );
}
DraftRoom.props = ['sale'];

function RoomSettings({ room, hasLanes }: { room: Room; hasLanes: boolean }) {
  return (
    <>
      <dt>Entries until</dt>
      <dd>{formatWhen(room.entriesUntil)}</dd>
      <dt>Time to buy</dt>
      <dd>{formatAge(room.claimSeconds)}</dd>
      <dt>A turn is missed after</dt>
      <dd>
        {formatAge(room.staleSeconds)}; the buyer {room.missedTurn === 'keep' ? 'keeps the place' : 'joins the end'}
      </dd>
      {hasLanes && (
        <>
          <dt>Turns of priority</dt>
          <dd>{formatCount(room.priorityWeight)} for each of the others</dd>
        </>
      )}
      <dt>Hash of the seed</dt>
      <dd class="mono">{room.seedHash}</dd>
    </>
  );
}
RoomSettings.props = ['room', 'hasLanes'];
