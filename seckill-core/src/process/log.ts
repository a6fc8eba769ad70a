/** The logger that seckill-core writes to: the part of pino's that it uses. A test may pass a recorder. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
