import { Type } from 'typebox';
import { defineBroadcast } from './define-event.ts';

/** A gateway announces its open pages at most this late, ms. It answers all workers that ask in this time at once. */
export const OPEN_PAGES_ANSWER_MS = 200;

/** Sent by a worker that may have missed announcements of open pages. */
export const openPagesWanted = defineBroadcast('open-pages-wanted', Type.Object({}));
