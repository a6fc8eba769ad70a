import { FaultLog } from '../../process/fault-log.ts';
import type { Log } from '../../process/log.ts';

export type ConsumerLogs = ReturnType<typeof consumerLogs>;

/** What a consumer may have to say again and again. */
export function consumerLogs(log: Log, fields: { stream: string; durable: string }) {
  const lines = { log, fields };
  return {
    nothingPasses: new FaultLog({
      ...lines,
      begins: 'no message can be handled: holding them and retrying for as long as it takes',
      ends: 'messages are handled again',
    }),
    suspects: new FaultLog({
      ...lines,
      begins: 'a message fails alone: retrying it beside the others',
      ends: 'no message fails alone any more',
    }),
    burials: new FaultLog({
      ...lines,
      begins: 'a dead letter could not be stored; the message will be redelivered',
      ends: 'dead letters are stored again',
    }),
    acknowledging: new FaultLog({
      ...lines,
      begins: 'the connection is closed; the messages will be redelivered',
      ends: 'messages are acknowledged again',
    }),
  };
}
