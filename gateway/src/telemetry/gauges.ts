import { outboxSize, type RoomState } from 'seckill-core';
import type { Admission } from '../admission/admission.ts';
import type { RiskRules } from '../admission/risk/risk-rules.ts';
import type { Scorer } from '../admission/risk/scorer.ts';
import type { WinnerAnnouncements } from '../admission/winner-announcements.ts';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { NatsLink } from '../links/nats-link.ts';
import type { Readiness } from '../links/readiness.ts';
import type { RedisLink } from '../links/redis-link.ts';
import type { Rooms } from '../waiting-room/rooms.ts';
import type { WaitingRooms } from '../waiting-room/waiting-rooms.ts';
import type { GatewayGauges } from './registry.ts';

export interface GaugeSources {
  admission: Admission;
  winners: WinnerAnnouncements;
  sales: SalesMemory;
  redis: RedisLink;
  nats: NatsLink;
  readiness: Readiness;
  rules: RiskRules;
  scorer: Scorer | undefined;
  waitingRooms: WaitingRooms;
}

export function gaugesOf({
  admission,
  winners,
  sales,
  redis,
  nats,
  readiness,
  rules,
  scorer,
  waitingRooms: { rooms },
}: GaugeSources): GatewayGauges['gauges'] {
  return {
    under_way: { help: 'Purchases that wait for Redis or JetStream', read: () => admission.underWay },
    publishes_in_flight: { help: 'Messages that wait for their acknowledgement', read: () => nats.inFlight },
    calls_in_flight: { help: 'Calls that wait for a worker', read: () => nats.callsInFlight },
    unacknowledged_winners: { help: 'Winners kept until JetStream has stored them', read: () => winners.unacknowledged },
    event_loop_lag_seconds: { help: 'How late the event loop runs', read: () => admission.load.lagMs / 1_000 },
    sold_out_beliefs: { help: 'Items answered from memory as closed', read: () => believedClosed(sales) },
    outbox: {
      help: 'Reservations in Redis that JetStream has not acknowledged; -1 if Redis is down',
      read: () => outboxTotal(sales, redis),
    },
    risk_version: { help: 'The version of the rules and lists of risk control', read: () => rules.version },
    risk_scores_missed: { help: 'Users whom the scorer gave no score in time', read: () => scorer?.missed ?? 0 },
    waiting_people: {
      help: 'People in waiting rooms whose turn has not come',
      read: () => sumOfRooms(rooms, ({ joined, served }) => joined.n + joined.p - served.n - served.p),
    },
    waiting_room_claims: { help: 'Claims that may still win units', read: () => sumOfRooms(rooms, ({ claims }) => claims) },
    waiting_rooms_unknown: { help: 'Waiting rooms that Redis does not know', read: () => rooms.unknown },
    ready: { help: '1 if buyers can be served', read: () => (readiness.whyNot() === undefined ? 1 : 0) },
  };
}

function sumOfRooms(rooms: Rooms, of: (state: RoomState) => number): number {
  return Array.from(rooms.all(), ({ state }) => (state === undefined ? 0 : of(state))).reduce((sum, count) => sum + count, 0);
}

function believedClosed(sales: SalesMemory): number {
  const now = performance.now();
  return Array.from(sales.items()).filter((item) => item.isBelievedClosed(now)).length;
}

async function outboxTotal(sales: SalesMemory, redis: RedisLink): Promise<number> {
  const sizes = Array.from(sales.items(), (item) => redis.ask((client) => outboxSize(client, item.itemId)));
  const known = await Promise.all(sizes).catch(() => [-1]);
  return known.reduce((sum, size) => sum + size, 0);
}
