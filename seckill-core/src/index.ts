export * from './bus/broadcast.ts';
export { CallLane, type DropReason, type LaneBounds, type LaneObserver } from './bus/call-lane.ts';
export * from './bus/connect-nats.ts';
export { ACK_WAIT_MS, BatchConsumer, type BatchConsumerOptions } from './bus/consume/batch-consumer.ts';
export * from './bus/consume/delivery.ts';
export { ConsumerLost, PullRequests } from './bus/consume/pull-requests.ts';
export type { StreamMessage } from './bus/consume/stream-message.ts';
export * from './bus/listen.ts';
export { streamOnServer, withPrefix } from './bus/nats-prefix.ts';
export { NatsTrouble } from './bus/nats-trouble.ts';
export * from './bus/order-event-messages.ts';
export { Publisher, PublishRefused, PublishUnacknowledged } from './bus/publisher.ts';
export { atWorker, callRpc, defineRpc, RPC_QUEUE, type Rpc, retryAfterMs } from './bus/rpc.ts';
export * from './bus/send.ts';
export { type RpcHandler, serveRpc } from './bus/serve-rpc.ts';
export * from './bus/streams.ts';

export * from './calls/admin-order.ts';
export * from './calls/audit-views.ts';
export * from './calls/calls.ts';
export * from './calls/dead-letter-view.ts';
export * from './calls/jobs.ts';
export { EventCursor, EventsFrom, EventType } from './calls/list-events.ts';
export * from './calls/listener-views.ts';
export { Order } from './calls/order-views.ts';
export * from './calls/overview.ts';
export * from './calls/payment-views.ts';
export {
  Appeal,
  ChangeCursor,
  ChangeRules,
  EntryCursor,
  RemoveEntry,
  type RiskChangeView,
  RiskEntry,
  RiskRulesView,
} from './calls/risk-calls.ts';
export * from './calls/saga-views.ts';
export * from './calls/sale-report.ts';
export * from './calls/sale-views.ts';
export * from './calls/services/coupon-calls.ts';
export * from './calls/services/points-calls.ts';
export * from './calls/sink-views.ts';
export * from './calls/webhook-views.ts';

export * from './domain/answers.ts';
export * from './domain/contact.ts';
export * from './domain/currency.ts';
export * from './domain/fields.ts';
export * from './domain/ids.ts';
export * from './domain/order.ts';
export * from './domain/problem.ts';
export * from './domain/purchase-token.ts';
export * from './domain/refund.ts';
export * from './domain/reservation.ts';
export * from './domain/risk/networks.ts';
export * from './domain/risk/risk-grade.ts';
export * from './domain/risk/risk-lists.ts';
export * from './domain/risk/risk-rules.ts';
export * from './domain/risk/risk-settings.ts';
export * from './domain/risk/risk-verdicts.ts';
export * from './domain/sale.ts';
export * from './domain/text.ts';
export * from './domain/user-id.ts';
export * from './domain/waiting-room.ts';
export * from './domain/webhook-events.ts';
export * from './domain/webhook-signature.ts';

export * from './events/cloud-events.ts';
export * from './events/console-open.ts';
export * from './events/dead-letter.ts';
export { type Event, MalformedMessage, type Parts, type StoredEvent } from './events/define-event.ts';
export * from './events/item-heat.ts';
export * from './events/open-pages.ts';
export * from './events/open-pages-wanted.ts';
export * from './events/order-event.ts';
export * from './events/payment-deadline.ts';
export * from './events/payment-received.ts';
export * from './events/process-pulse.ts';
export * from './events/public-events.ts';
export * from './events/reservation-changed.ts';
export * from './events/restocked.ts';
export * from './events/risk-changed.ts';
export * from './events/room-event.ts';
export * from './events/sale-changed.ts';
export * from './events/sale-event.ts';
export * from './events/sold-out.ts';
export * from './events/stock-reserved.ts';
export * from './events/stock-unknown.ts';
export * from './events/webhooks-changed.ts';
export * from './events/worker-serving.ts';

export { atEndOfTurn } from './process/end-of-turn.ts';
export { FaultLog } from './process/fault-log.ts';
export * from './process/is-outage.ts';
export { keepTicksFast } from './process/keep-ticks-fast.ts';
export * from './process/log.ts';
export * from './process/loop-monitor.ts';
export * from './process/parse-json.ts';
export * from './process/pulse-sender.ts';
export * from './process/read-environment.ts';
export * from './process/read-flags.ts';
export * from './process/repeated-task.ts';
export * from './process/safe-error.ts';
export * from './process/secrets.ts';
export * from './process/settle-heap.ts';
export * from './process/until-done.ts';

export { advance, type ReservationMove } from './stock/advance.ts';
export * from './stock/answer-counts.ts';
export * from './stock/correct.ts';
export * from './stock/differing-settings.ts';
export * from './stock/expire-item.ts';
export * from './stock/in-one-write.ts';
export * from './stock/item-state.ts';
export { countReservations, countWinners, readBuyers } from './stock/item-sums.ts';
export * from './stock/limit-handshake.ts';
export * from './stock/observe.ts';
export * from './stock/open-item.ts';
export * from './stock/outbox.ts';
export * from './stock/probe.ts';
export * from './stock/read-reservations.ts';
export { formatReservationRecord, letterOf, parseReservationRecord, type ReservationRecord } from './stock/record.ts';
export * from './stock/recount.ts';
export * from './stock/redis-refusal.ts';
export * from './stock/release.ts';
export { replay } from './stock/replay.ts';
export * from './stock/reserve.ts';
export * from './stock/risk-catalog.ts';
export * from './stock/run-id.ts';
export * from './stock/sales-catalog.ts';
export { readScripts } from './stock/script.ts';
export * from './stock/sold-out-lease.ts';

export * from './waiting-room/admit.ts';
export * from './waiting-room/find-tickets.ts';
export * from './waiting-room/join.ts';
export * from './waiting-room/lanes.ts';
export * from './waiting-room/published-draw.ts';
export * from './waiting-room/rebuild-room.ts';
export * from './waiting-room/room-rules.ts';
export * from './waiting-room/room-state.ts';
export * from './waiting-room/shuffle.ts';
export * from './waiting-room/shuffle-key.ts';
export * from './waiting-room/take-up.ts';
export * from './waiting-room/ticket-id.ts';
export * from './waiting-room/ticket-record.ts';
export * from './waiting-room/turns.ts';
export * from './waiting-room/use-claims.ts';
