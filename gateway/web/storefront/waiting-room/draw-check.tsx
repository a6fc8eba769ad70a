import './draw-check.css';
import type { Sale, Ticket } from '../../shared/api/contract.ts';
import { drawUrl } from '../../shared/api/waiting-room-api.ts';
import { words } from '../../shared/i18n/language.ts';
import type { SaleRoom } from '../../shared/sale/sale-room.ts';

interface DrawCheckProps {
  sale: Sale;
  room: SaleRoom;
  ticket: Ticket | undefined;
}

/** What a buyer needs to check that the order of the places was not chosen by the shop. */
export function DrawCheck({ sale, room, ticket }: DrawCheckProps) {
  const { room: say } = words.value;
  return (
    <details class="draw-check">
      <summary>{say.check}</summary>
      <p class="hint">{say.checkHint}</p>
      <dl>
        {ticket !== undefined && (
          <>
            <dt>{say.entry}</dt>
            <dd class="mono">{ticket.entryId}</dd>
          </>
        )}
        <dt>{say.seedHash}</dt>
        <dd class="mono">{room.seedHash}</dd>
        {room.seed !== undefined && (
          <>
            <dt>{say.seed}</dt>
            <dd class="mono">{room.seed}</dd>
          </>
        )}
      </dl>
      {room.seed !== undefined && (
        <a href={drawUrl(sale.saleId)} target="_blank" rel="noopener">
          {say.checkData}
        </a>
      )}
    </details>
  );
}
DrawCheck.props = ['sale', 'room', 'ticket'];
