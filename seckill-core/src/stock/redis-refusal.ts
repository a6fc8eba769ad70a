/** What an operator has to know, by the first word of Redis's reply. All of them mean "not now": nothing was changed, and a retry may succeed. */
const REFUSALS: Readonly<Record<string, string>> = {
  OOM: 'Redis is out of memory. Raise maxmemory.',
  MISCONF: 'Redis cannot write its data to disk. Free disk space, or see its log.',
  NOREPLICAS: 'Redis has fewer replicas than min-replicas-to-write. Bring them back.',
  READONLY: 'Redis is a read-only replica. REDIS_URL must name the primary.',
  LOADING: 'Redis is loading its data.',
  MASTERDOWN: 'Redis is a replica that has lost its primary.',
  CLUSTERDOWN: 'The Redis cluster is down.',
  TRYAGAIN: 'The Redis cluster is moving a slot.',
  BUSY: 'A script keeps Redis busy.',
  NOAUTH: 'Redis wants a password. Put it into REDIS_URL.',
  WRONGPASS: 'Redis refuses the user or the password in REDIS_URL.',
};

/** Older servers wrap what a command in a script replied. */
const FIRST_WORD = /^(?:ERR Error running script.*?: -)?([A-Z]+)\b/;
/** In a script Redis 7 says "can't run this command". */
const NO_PERMISSION = /^(?:ERR Error running script.*?: -)?NOPERM|user executing the script can't (?:run this command|access)/;

/** Returns a sentence for the operator if Redis answered, but refuses to serve; else undefined. It names neither keys nor arguments. */
export function redisRefusal(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : '';
  if (NO_PERMISSION.test(message)) {
    const command = /'([a-z|-]+)' command/i.exec(message)?.[1];
    if (/^eval/i.test(command ?? ''))
      return 'The Redis user lacks the right to run scripts. Grant it with "ACL SETUSER <user> +@scripting".';
    return command === undefined
      ? 'The Redis user lacks a right that the scripts need. See docs/operations.md for the rights.'
      : `The Redis user lacks the right to call ${command.toUpperCase()}. Grant it with "ACL SETUSER <user> +${command.toLowerCase()}".`;
  }
  return REFUSALS[FIRST_WORD.exec(message)?.[1] ?? ''];
}
