import { Type } from 'typebox';
import { defineBroadcast } from './define-event.ts';

/** Between two broadcasts of a gateway with an open console, ms. */
export const CONSOLE_OPEN_EVERY_MS = 1_000;

/** Sent by a gateway while an operator has a console open there: every process then sends its pulses. */
export const consoleOpen = defineBroadcast('console-open', Type.Object({}));
