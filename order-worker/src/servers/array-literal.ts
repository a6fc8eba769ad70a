/**
 * Arrays as PostgreSQL writes them, for parameters of hot statements. Of an array, Prisma and the driver convert each element: on a busy machine,
 * creating an order cost the worker 19.5 µs of CPU with arrays, and 9.6 with text.
 */
export const arrayLiteral = (values: readonly (string | number)[]): string => `{${values.join(',')}}`;

/** As {@link arrayLiteral}, for text that may contain anything. */
export const textArrayLiteral = (values: readonly string[]): string =>
  `{${values.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
