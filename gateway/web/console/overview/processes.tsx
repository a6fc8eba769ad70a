import type { ProcessFrame } from '../../shared/api/contract.ts';
import { Meter } from '../../shared/ui/meter.tsx';
import { HIGH_LOAD, SILENT_MS } from '../alarms/alarms.ts';
import { formatAge, formatCount, formatMiB, formatShare } from '../parts/numbers.ts';
import { latest } from '../parts/operator-stream.ts';
import { Table } from '../parts/table.tsx';

/** Every gateway and worker that has sent a pulse lately. */
export function Processes() {
  const processes = latest.value?.processes;
  return (
    <section class="panel card">
      <header>
        <h2>Gateways and workers</h2>
      </header>
      {processes === undefined ? (
        <div class="skeleton" style={{ height: '6rem' }} />
      ) : (
        <Table label="Table of processes" texts={['Process', 'Up', 'Busy']} numbers={['CPU', 'Memory', 'Open pages']}>
          {processes.map((each) => (
            <ProcessRow key={each.processId} process={each} />
          ))}
        </Table>
      )}
    </section>
  );
}

function ProcessRow({ process: each }: { process: ProcessFrame }) {
  const isSilent = each.silentMs > SILENT_MS;
  return (
    <tr>
      <td>
        <span class={['badge', isSilent ? 'tone-bad' : 'tone-good']}>{each.process}</span>{' '}
        <code>{each.processId.slice(0, 6)}</code>
        {isSilent && <span class="fault"> silent for {formatAge(Math.round(each.silentMs / 1_000))}</span>}
      </td>
      <td class="numbers">{formatAge(each.ageSeconds)}</td>
      <td class="numbers">
        <span class={['load', { 'load--high': each.busy > HIGH_LOAD }]}>
          <Meter value={each.busy} max={1} />
        </span>{' '}
        {formatShare(each.busy)}
      </td>
      <td class="number">{each.cpu.toFixed(2)}</td>
      <td class="number">{formatMiB(each.rssBytes)}</td>
      <td class="number">{each.openStreams === undefined ? '' : formatCount(each.openStreams)}</td>
    </tr>
  );
}
ProcessRow.props = ['process'];
