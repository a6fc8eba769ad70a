import type { Answer } from './contract.ts';
import { ask, COMMAND_MS } from './operator-api.ts';

export type Listener = Answer<'GET /api/admin/listeners'>['listeners'][number];
export type Task = Answer<'GET /api/admin/listeners/{listener}/tasks'>['tasks'][number];
export type TaskState = Task['state'];

const post = { method: 'POST', timeoutMs: COMMAND_MS } as const;

export const listListeners = () => ask<Answer<'GET /api/admin/listeners'>>('/listeners');
export const listTasks = (listener: string, state: TaskState, cursor?: string) =>
  ask<Answer<'GET /api/admin/listeners/{listener}/tasks'>>(
    `/listeners/${listener}/tasks?state=${state}&limit=50${cursor === undefined ? '' : `&cursor=${cursor}`}`,
  );
export const retryTasks = (listener: string) =>
  ask<Answer<'POST /api/admin/listeners/{listener}/retry'>>(`/listeners/${listener}/retry`, post);
export const retryTask = (listener: string, taskId: string) => ask<Task>(`/listeners/${listener}/tasks/${taskId}/retry`, post);
export const discardTask = (listener: string, taskId: string) =>
  ask<Task>(`/listeners/${listener}/tasks/${taskId}/discard`, post);
