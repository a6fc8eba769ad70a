/** One of the operator's commands. */
export interface Command {
  /** `called` is how the command was started: `seckill audit` in the image, `npm run audit --` in a checkout. */
  usage(called: string): string;
  /** Resolves to the exit code: 0 for success, 1 for a finding. Throws {@link WrongUsage} or {@link CommandFailed}. */
  run(args: readonly string[], called: string): Promise<number>;
}

/** The arguments make no sense. Exit code 2; the usage follows the message. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

/** The command could not do its work. The message is for the operator; exit code 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
