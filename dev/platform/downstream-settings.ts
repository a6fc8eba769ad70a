interface Downstream {
  httpPort: number;
  smtpPort: number;
  /** Signs requests to the warehouse. */
  secret: string;
}

/** Returns the settings of workers that tell the downstream sandbox of orders: mails, text messages, points, coupons, shipments, webhooks. */
export function downstreamSettings({ httpPort, smtpPort, secret }: Downstream): Record<string, string> {
  const url = `http://127.0.0.1:${httpPort}`;
  return {
    SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
    MAIL_FROM: 'orders@shop.example',
    SMS_URL: `${url}/sms`,
    SMS_EVENTS: 'paid,refunded',
    CONTACT_URL: `${url}/contacts`,
    SAGAS: 'after-paid',
    SAGA_POINTS_PER_UNIT: '1',
    SAGA_COUPON: 'thanks',
    WAREHOUSE_URL: `${url}/warehouse`,
    WAREHOUSE_SECRET: secret,
    WEBHOOK_ALLOW_PRIVATE: 'true',
  };
}
