import { askUntilAnswered } from '../ask.ts';
import type { Buyer } from '../buyer.ts';
import type { CrowdContext } from '../crowd-context.ts';
import { goHome } from '../get-ready.ts';
import { isTurn, TicketStory, type TicketView } from './ticket-story.ts';

/** If a ticket does not say when to look again. */
const LOOK_EVERY_MS = 1_000;
/** With fewer people ahead the turn may come before the next look. */
const NEAR = 1_000;
/** Pauses are checked this often, so that a crowd leaves within seconds after one of them hears that nothing is left. Pages are pushed it. */
const LONGEST_PAUSE_MS = 2_000;

/**
 * Takes a ticket and looks at it until its turn comes. Some buyers close the page in between, and take a ticket again with a new one. Resolves
 * with false if the buyer goes home.
 */
export async function waitForTurn(buyer: Buyer, context: CrowdContext): Promise<boolean> {
  const { behaviour, random } = context;
  let ticket = await take(buyer, context);
  while (ticket !== undefined && !isTurn(ticket)) {
    if (ticket.state === 'SOLD_OUT' || ticket.state === 'ENDED') ticket = await leaveOrRejoin(buyer, context, ticket);
    else {
      await pauseUntilNews(pauseOf(ticket, context), context);
      ticket = random() < behaviour.reload ? await reload(buyer, context, ticket) : await look(buyer, context, ticket);
    }
  }
  if (ticket !== undefined) context.tally.room.turns += 1;
  return ticket !== undefined;
}

/** After a turn that was missed, the next ticket is another one. If it is the same one, there is nothing left to wait for. */
async function leaveOrRejoin(buyer: Buyer, context: CrowdContext, old: TicketView): Promise<TicketView | undefined> {
  if (old.state === 'SOLD_OUT') context.tally.room.soldOut = true;
  const ticket = old.state === 'SOLD_OUT' ? old : await take(buyer, context);
  if (ticket === undefined || ticket.ticketId !== old.ticketId) return ticket;
  const code = old.state === 'SOLD_OUT' ? 'SOLD_OUT' : 'SALE_ENDED';
  goHome(buyer, context, 'ticket', { ok: false, code, detail: `the ticket is ${old.state}` });
  return undefined;
}

/** Real pages are pushed the shuffle and their turn. These look soon after the start, and often if the turn is near. */
function pauseOf({ place, ahead = 0, retryAfterMs = LOOK_EVERY_MS }: TicketView, { sale, now, random }: CrowdContext): number {
  if (place === undefined)
    return Math.min(retryAfterMs, Math.max(LOOK_EVERY_MS, sale.startsAt - now()) + random() * LOOK_EVERY_MS);
  return ahead < NEAR ? Math.min(retryAfterMs, LONGEST_PAUSE_MS) : retryAfterMs;
}

async function pauseUntilNews(ms: number, { stop, random, tally }: CrowdContext): Promise<void> {
  const until = performance.now() + ms + random() * 200;
  for (let left = ms; left > 0; left = until - performance.now()) {
    await stop.pause(Math.min(left, LONGEST_PAUSE_MS * (0.5 + random())));
    if (tally.room.soldOut) return;
  }
}

/** Takes a ticket. The answer to the same buyer is the same ticket. */
async function take(buyer: Buyer, context: CrowdContext): Promise<TicketView | undefined> {
  const { api, sale, tally } = context;
  let sentAt = 0;
  const answer = await askUntilAnswered(buyer, context, (gateway) => {
    sentAt = performance.now();
    return api.takeTicket(gateway, buyer.accessToken, sale.saleId, buyer.origin?.headers);
  });
  if (answer?.ok) {
    if (buyer.tickets.length === 0) tally.room.joined += 1;
    else if (!buyer.tickets.some(({ ticketId }) => ticketId === answer.value.ticketId)) tally.room.rejoined += 1;
    note(buyer, answer.value, sentAt);
    return answer.value;
  }
  if (answer?.code === 'ENTRIES_CLOSED') tally.room.closedOut += 1;
  goHome(buyer, context, 'ticket', answer);
  return undefined;
}

async function look(buyer: Buyer, context: CrowdContext, { ticketId }: TicketView): Promise<TicketView | undefined> {
  let sentAt = 0;
  const answer = await askUntilAnswered(buyer, context, (gateway) => {
    sentAt = performance.now();
    return context.api.ticket(gateway, buyer.accessToken, ticketId);
  });
  if (answer?.ok) {
    note(buyer, answer.value, sentAt);
    return answer.value;
  }
  buyer.lostTicket ||= answer?.code === 'NOT_FOUND';
  goHome(buyer, context, 'ticket', answer);
  return undefined;
}

/** A new page knows no ticket. It gets the same one, unless the turn was missed in between. */
async function reload(buyer: Buyer, context: CrowdContext, old: TicketView): Promise<TicketView | undefined> {
  context.tally.room.reloads += 1;
  const ticket = await take(buyer, context);
  if (ticket === undefined || ticket.ticketId === old.ticketId) return ticket;
  const before = await look(buyer, context, old);
  if (before !== undefined && before.state !== 'ENDED' && before.ticketId === old.ticketId) buyer.lostTicket = true;
  return ticket;
}

function note(buyer: Buyer, view: TicketView, sentAt: number): void {
  let story = buyer.tickets.find(({ ticketId }) => ticketId === view.ticketId);
  if (story === undefined) {
    story = new TicketStory(view.ticketId);
    buyer.tickets.push(story);
  }
  story.saw(view, sentAt);
}
