/** `n`: normal, `p`: users with priority. A draw has the first one only. */
export type Lane = 'n' | 'p';
export const LANES: readonly Lane[] = ['n', 'p'];
export type ByLane<Value> = Readonly<Record<Lane, Value>>;
