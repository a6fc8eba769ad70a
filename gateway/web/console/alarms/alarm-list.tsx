import type { AuditReport } from '../../shared/api/contract.ts';
import { frames, link } from '../parts/operator-stream.ts';
import { alarmsOf } from './alarms.ts';

/** Takes no space while there are no alarms. */
export function AlarmList({ audit }: { audit?: AuditReport | undefined }) {
  const alarms = alarmsOf({ frames: frames.value, link: link.value, audit });
  return (
    <div role="status" class="alarms">
      {alarms.length === 0 ? null : (
        <ul class="notice tone-bad">
          {alarms.map(({ says, see }) => (
            <li key={says}>
              {says}
              {see !== undefined && (
                <>
                  {' '}
                  <a href={see.address} data-inside>
                    {see.name}
                  </a>
                  .
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
AlarmList.props = ['audit'];
