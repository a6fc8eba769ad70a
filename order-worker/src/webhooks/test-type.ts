/** The CloudEvent's type of a test event. It is sent once, and never again. */
export const TEST_TYPE = 'seckill.webhook.test.v1';
