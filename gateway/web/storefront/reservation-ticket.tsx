import './reservation-ticket.css';
import type { Reservation, ReservationStatus, Sale } from '../shared/api/contract.ts';
import { now } from '../shared/clock/now.ts';
import { formatDuration } from '../shared/format/duration.ts';
import { words } from '../shared/i18n/language.ts';
import type { Link } from '../shared/live/follow.ts';
import { saleStateNow } from '../shared/sale/sale-state.ts';
import { OrderActions } from './order-actions.tsx';
import { sayPrice } from './say-price.ts';

const TONES: Readonly<Record<ReservationStatus, string>> = {
  RESERVED: 'tone-info',
  ORDERED: 'tone-wait',
  PAID: 'tone-good',
  CANCELLED: 'tone-quiet',
  REJECTED: 'tone-bad',
  REFUNDED: 'tone-quiet',
};
const IS_OVER: ReadonlySet<ReservationStatus> = new Set(['CANCELLED', 'REJECTED', 'REFUNDED']);

interface ReservationTicketProps {
  reservation: Reservation;
  link: Link;
  sale: Sale;
  onAgain: () => void;
}

/** A reservation, until it is paid or over. */
export function ReservationTicket({ reservation, link, sale, onAgain }: ReservationTicketProps) {
  const { reservation: say, button } = words.value;
  const { status, reservationId, order } = reservation;
  const isUnderWay = status === 'RESERVED' || status === 'ORDERED';
  const canBuyAgain = IS_OVER.has(status) && saleStateNow(sale, now.value) === 'LIVE';
  return (
    <section class={['ticket', TONES[status]]} data-status={status}>
      <div class="head">
        <strong role="status">{say[status]}</strong>
        {isUnderWay && <span class="link">{say.link[link]}</span>}
      </div>
      {!IS_OVER.has(status) && <Steps status={status} />}
      <p class="hint">{say[`${status}_HINT`]}</p>
      {status === 'ORDERED' && order !== undefined && (
        <>
          <PayWithin payBy={Date.parse(order.payBy)} mostMs={sale.payTimeoutSeconds * 1_000} />
          {Date.parse(order.payBy) > now.value && <OrderActions orderId={order.orderId} providers={sale.paymentProviders} />}
        </>
      )}
      {canBuyAgain && (
        <button type="button" class="button button--act button--wide" onClick={onAgain}>
          {button.again}
        </button>
      )}
      <div class="cut-row">
        <div class="cut" />
      </div>
      <dl>
        {order !== undefined && (
          <>
            <dt>{say.amount}</dt>
            <dd class="numbers">{sayPrice(order.amountCents, order.currency)}</dd>
          </>
        )}
        <dt>{say.number}</dt>
        <dd class="mono">{reservationId}</dd>
      </dl>
    </section>
  );
}
ReservationTicket.props = ['reservation', 'link', 'sale', 'onAgain'];

/** Time left to pay. The server's clock is an estimate, so this never shows more than the full time to pay. */
export function PayWithin({ payBy, mostMs = Number.POSITIVE_INFINITY }: { payBy: number; mostMs?: number }) {
  const { reservation: say } = words.value;
  const left = Math.min(payBy - now.value, mostMs);
  if (left <= 0) return <p class="pay-within">{say.timeUp}</p>;
  return (
    <p class="pay-within" role="timer">
      <span>{say.payWithin}</span>
      <b class="numbers">{formatDuration(left)}</b>
    </p>
  );
}
PayWithin.props = ['payBy', 'mostMs'];

function Steps({ status }: { status: ReservationStatus }) {
  const { steps: say } = words.value.reservation;
  const done = status === 'PAID' ? 3 : status === 'ORDERED' ? 2 : 1;
  const steps = [say.reserved, say.ordered, say.paid];
  return (
    <ol class="steps">
      {steps.map((step, i) => (
        <li data-done={i < done ? '' : undefined}>{step}</li>
      ))}
    </ol>
  );
}
Steps.props = ['status'];
