import { freePort } from '../servers/free-port.ts';

/** Returns `first`, if given, followed by free ports. */
export async function differentPorts(count: number, first?: number): Promise<number[]> {
  const found = new Set<number>(first === undefined ? [] : [first]);
  while (found.size < count) found.add(await freePort());
  return [...found];
}
