import type { ApiProblem } from '../../shared/api/api-problem.ts';

const WHAT_TO_DO: Partial<Record<ApiProblem['code'], string>> = {
  OFFLINE: 'The gateway does not answer. The console keeps trying.',
  UNAVAILABLE: 'No order worker answers. Is one running? Buyers can still win; their orders are created once a worker is back.',
};

export function ProblemNotice({ problem, onRetry }: { problem: ApiProblem; onRetry?: () => void }) {
  return (
    <div class="notice tone-bad" role="alert">
      <strong>{problem.title}</strong>
      <p>{WHAT_TO_DO[problem.code] ?? problem.message}</p>
      {problem.requestId !== undefined && <p class="mono">Request {problem.requestId}</p>}
      {onRetry !== undefined && (
        <button type="button" class="button button--small" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
ProblemNotice.props = ['problem', 'onRetry'];
