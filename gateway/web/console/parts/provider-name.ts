const NAMES: Readonly<Record<string, string>> = {
  stripe: 'Stripe',
  alipay: 'Alipay',
  wechatpay: 'WeChat Pay',
  http: 'HTTP service',
};

/** Returns what operators call a payment provider. One that was added has the name of its folder. */
export const nameOfProvider = (name: string): string => NAMES[name] ?? name;

/** `Stripe, Alipay or WeChat Pay`. */
export const nameProviders = (names: readonly string[]): string =>
  new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(names.map(nameOfProvider));
