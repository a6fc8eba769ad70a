/** Settings that the gateway writes into the page. */
const isOn = (name: string): boolean => document.querySelector<HTMLMetaElement>(`meta[name="seckill:${name}"]`)?.content === 'on';

export const devLogin = isOn('dev-login');
export const simulatedBuyers = isOn('simulated-buyers');
