export interface TicketView {
  ticketId: string;
  state: string;
  lane?: string;
  place?: number;
  ahead?: number;
  /** ISO 8601: end of the time to buy. */
  claimBy?: string;
  retryAfterMs?: number;
  missedTurn?: boolean;
}

/** States in which the owner of a ticket may buy. */
export const isTurn = ({ state }: TicketView): boolean => state === 'ADMITTED' || state === 'DRAWN';

/** What its owner saw of one ticket. Times are `performance.now()`. */
export class TicketStory {
  readonly ticketId: string;
  lane = '';
  place: number | undefined;
  /** A later answer named another place. */
  otherPlace: number | undefined;
  /** When the last request was sent that was answered with WAITING or NOT_DRAWN. */
  waitedAt: number | undefined;
  /** When the first answer came that let its owner buy. */
  admittedAt: number | undefined;

  constructor(ticketId: string) {
    this.ticketId = ticketId;
  }

  saw(view: TicketView, sentAt: number): void {
    const { state, lane, place } = view;
    this.lane = lane ?? this.lane;
    if (place !== undefined) {
      if (this.place !== undefined && this.place !== place) this.otherPlace = place;
      this.place = place;
    }
    if (state === 'WAITING' || state === 'NOT_DRAWN') this.waitedAt = sentAt;
    if (isTurn(view)) this.admittedAt ??= performance.now();
  }
}
