import type { Ticket } from '../../shared/api/contract.ts';
import { words } from '../../shared/i18n/language.ts';
import type { Link } from '../../shared/live/follow.ts';
import { sayCount } from './say-place.ts';
import { sayWait } from './say-wait.ts';

/** The numbers of a ticket that waits, and how they reach the page. */
export function TicketFigures({ ticket, link }: { ticket: Ticket; link: Link }) {
  const { room: say, reservation } = words.value;
  const { place, ahead, unitsLeft, unitsUnpaid = 0 } = ticket;
  return (
    <>
      {place !== undefined && (
        <dl class="figures numbers">
          {ahead !== undefined && <Figure label={say.ahead} value={sayCount(ahead)} />}
          <Figure label={say.wait} value={sayWait(ticket)} />
          {unitsLeft !== undefined && (
            <Figure
              label={say.units}
              value={sayCount(unitsLeft)}
              note={unitsUnpaid > 0 ? say.unpaid(sayCount(unitsUnpaid)) : undefined}
            />
          )}
        </dl>
      )}
      <p class="link">{reservation.link[link]}</p>
    </>
  );
}
TicketFigures.props = ['ticket', 'link'];

function Figure({ label, value, note }: { label: string; value: string; note?: string | undefined }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
      {note !== undefined && <dd class="note">{note}</dd>}
    </div>
  );
}
Figure.props = ['label', 'value', 'note'];
