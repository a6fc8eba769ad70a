import { answerOf } from 'seckill-core/answers';
import { type ApiProblem, OFFLINE } from '../api/api-problem.ts';
import { language, words } from './language.ts';

/** An answer in the buyer's words, from the table of answers; undefined if buyers never meet it. */
export function sayAnswer(code: string): string | undefined {
  return answerOf(code)?.buyer?.[language.value];
}

/** A problem in the buyer's words. If there are none, the API's own detail, which is English. */
export function sayProblem({ code, message }: ApiProblem): string {
  return code === OFFLINE ? words.value.problem.offline : (sayAnswer(code) ?? message);
}
