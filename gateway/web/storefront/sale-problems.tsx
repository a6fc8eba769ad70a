import { words } from '../shared/i18n/language.ts';

export const SaleNotFound = () => (
  <div class="empty">
    <h2>{words.value.sale.notFound}</h2>
    <p>{words.value.sale.notFoundHint}</p>
    <a class="button" href="/" data-inside>
      {words.value.sale.toSales}
    </a>
  </div>
);

export function NoConnection({ onRetry }: { onRetry: () => void }) {
  return (
    <div class="notice tone-bad" role="status" style={{ marginBottom: 'var(--s5)' }}>
      <strong>{words.value.problem.offline}</strong>
      <p>{words.value.problem.offlineHint}</p>
      <button type="button" class="button button--small" onClick={onRetry}>
        {words.value.problem.retry}
      </button>
    </div>
  );
}
NoConnection.props = ['onRetry'];
