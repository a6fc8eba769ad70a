import type { Order } from '../shared/api/contract.ts';
import { now } from '../shared/clock/now.ts';
import { formatMoney } from '../shared/format/money.ts';
import { locale, words } from '../shared/i18n/language.ts';
import { ORDER_TONES } from '../shared/sale/order-tones.ts';
import { ItemPicture } from '../shared/ui/item-picture.tsx';
import { OrderActions } from './order-actions.tsx';
import { PayWithin } from './reservation-ticket.tsx';
import { sayPrice } from './say-price.ts';

const REFUND_TONES = { UNDER_WAY: 'tone-wait', DONE: 'tone-quiet', REFUSED: 'tone-wait' } as const;

export function OrderRow({ order, onChanged }: { order: Order; onChanged: () => void }) {
  const { orders: say } = words.value;
  const placed = new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(
    Date.parse(order.createdAt),
  );
  const reason = order.reason === undefined ? undefined : (say.reason[order.reason] ?? order.reason);
  return (
    <article class="order card" data-status={order.status}>
      <ItemPicture seed={`${order.itemId}${order.title}`} />
      <div class="what">
        <h2>
          <a href={`/sale/${order.saleId}`} data-inside>
            {order.title}
          </a>
          {order.quantity > 1 && <span class="numbers"> × {order.quantity}</span>}
        </h2>
        <p class="hint">{say.placed(placed)}</p>
        <p class="hint mono">{order.orderId}</p>
      </div>
      <div class="sum">
        <b class="numbers">{sayPrice(order.amountCents, order.currency)}</b>
        <span class={['badge', ORDER_TONES[order.status]]}>
          {say.status[order.status]}
          {reason !== undefined && ` · ${reason}`}
        </span>
      </div>
      {(order.refunds ?? []).map((refund) => (
        <p class={['refund', REFUND_TONES[refund.state]]} data-state={refund.state}>
          <b>{say.refund[refund.state](formatMoney(refund.amountCents, refund.currency, locale.value))}</b>{' '}
          {say.refundReason[refund.reason]}
        </p>
      ))}
      {order.status === 'PENDING_PAYMENT' && (
        <div class="next tone-wait">
          <PayWithin payBy={Date.parse(order.payBy)} />
          {Date.parse(order.payBy) > now.value && (
            <OrderActions orderId={order.orderId} providers={order.paymentProviders ?? []} onDone={onChanged} />
          )}
        </div>
      )}
    </article>
  );
}
OrderRow.props = ['order', 'onChanged'];
