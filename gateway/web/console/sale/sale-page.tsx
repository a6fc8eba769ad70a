import './sale-page.css';
import { computed, defineComponent, shallowRef, watchEffect } from 'vue';
import type { AdminSale } from '../../shared/api/contract.ts';
import { now } from '../../shared/clock/now.ts';
import { saleStateNow } from '../../shared/sale/sale-state.ts';
import { AlarmList } from '../alarms/alarm-list.tsx';
import { AuditPanel } from '../audit/audit-panel.tsx';
import { useAudit } from '../audit/use-audit.ts';
import { Processes } from '../overview/processes.tsx';
import { Queues } from '../overview/queues.tsx';
import { formatAge, formatCount, formatWhen } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { nameProviders } from '../parts/provider-name.ts';
import { SaleBadge } from '../parts/sale-badge.tsx';
import { useAdminSale } from '../parts/use-admin-sales.ts';
import { SalePreview } from '../preview/sale-preview.tsx';
import { ReportView } from '../report/report-view.tsx';
import { ItemsPanel } from './items-panel.tsx';
import { LiveFigures } from './live-figures.tsx';
import { SaleCommands } from './sale-commands.tsx';
import { SimulatedBuyers } from './simulated-buyers.tsx';
import { DraftRoom, WaitingRoomPanel } from './waiting-room-panel.tsx';

const TABS = { live: 'During the sale', report: 'Report' } as const;
type Tab = keyof typeof TABS;

export const SalePage = defineComponent(
  (props: { saleId: string }) => {
    const { sale, problem, load } = useAdminSale(props.saleId);
    const chosen = shallowRef<Tab>();
    const state = computed(() => (sale.value === undefined ? undefined : saleStateNow(sale.value, now.value)));
    const tab = computed<Tab>(() => chosen.value ?? (state.value === 'ENDED' ? 'report' : 'live'));
    const audit = useAudit(props.saleId, () => state.value !== undefined && state.value !== 'DRAFT' && tab.value === 'live');
    watchEffect(() => {
      document.title = `${sale.value?.title ?? 'Sale'} · Seckill console`;
    });

    return () => {
      const shown = sale.value;
      if (shown === undefined) {
        return problem.value === undefined ? (
          <div class="skeleton" style={{ height: '20rem' }} />
        ) : (
          <ProblemNotice problem={problem.value} onRetry={load} />
        );
      }
      return (
        <div class="stack stack--tight">
          <SaleHead sale={shown} onChanged={load} />
          <AlarmList audit={audit.report.value} />
          {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
          {state.value === 'DRAFT' ? (
            <>
              <ItemsPanel sale={shown} onChanged={load} />
              <DraftRoom sale={shown} />
              <SalePreview sale={shown} />
            </>
          ) : (
            <>
              <div class="tab-row">
                <Tabs chosen={tab.value} onChoose={(next) => (chosen.value = next)} />
                <SimulatedBuyers sale={shown} />
              </div>
              {tab.value === 'live' ? (
                <div class="stack stack--tight" role="tabpanel" aria-label={TABS.live}>
                  <LiveFigures sale={shown} />
                  <div class="halves">
                    <div class="stack stack--tight">
                      <ItemsPanel sale={shown} onChanged={load} />
                      {shown.waitingRoom !== undefined && <WaitingRoomPanel sale={shown} />}
                      <Processes />
                      <Queues />
                    </div>
                    <AuditPanel audit={audit} />
                  </div>
                </div>
              ) : (
                <div class="stack" role="tabpanel" aria-label={TABS.report}>
                  <ReportView saleId={shown.saleId} />
                </div>
              )}
            </>
          )}
        </div>
      );
    };
  },
  { props: ['saleId'] },
);

function Tabs({ chosen, onChoose }: { chosen: Tab; onChoose: (tab: Tab) => void }) {
  return (
    <div class="tabs" role="tablist" aria-label="Views of the sale">
      {(Object.keys(TABS) as Tab[]).map((tab) => (
        <button type="button" role="tab" aria-selected={tab === chosen} onClick={() => onChoose(tab)}>
          {TABS[tab]}
        </button>
      ))}
    </div>
  );
}
Tabs.props = ['chosen', 'onChoose'];

function SaleHead({ sale, onChanged }: { sale: AdminSale; onChanged: () => void }) {
  return (
    <div class="page-head">
      <div class="what">
        <div class="title">
          <h1>{sale.title}</h1>
          <SaleBadge sale={sale} />
        </div>
        <p class="facts numbers">
          <span>
            {formatWhen(sale.startsAt)} – {formatWhen(sale.endsAt)}
          </span>
          <span>{formatAge(sale.payTimeoutSeconds)} to pay</span>
          <span>
            at most {formatCount(sale.rateLimit.ratePerSecond)} attempts/s, {formatCount(sale.rateLimit.burst)} at once
          </span>
          {sale.admission !== 'open' && <span>{sale.admission === 'queue' ? 'buyers queue' : 'buyers are drawn'}</span>}
          {sale.priority === true && <span>orders before those of other sales</span>}
          {sale.paymentProviders !== undefined && <span>pay with {nameProviders(sale.paymentProviders)}</span>}
          {sale.status === 'DRAFT' ? null : (
            <a href={`/sale/${sale.saleId}`} target="_blank" rel="noopener">
              View as a buyer
            </a>
          )}
        </p>
      </div>
      <SaleCommands sale={sale} onChanged={onChanged} />
    </div>
  );
}
SaleHead.props = ['sale', 'onChanged'];
