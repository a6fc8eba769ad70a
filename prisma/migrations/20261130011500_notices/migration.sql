-- What the events payment-failed and refund-accepted say, so that the history can rebuild them: when and why a payment failed first, and the order's version
-- then; the order's version when a refund was accepted. Null for what happened before.
ALTER TABLE "payments"
    ADD COLUMN "failed_at" TIMESTAMPTZ(3),
    ADD COLUMN "failed_reason" TEXT,
    ADD COLUMN "failed_version" INTEGER;
ALTER TABLE "refunds" ADD COLUMN "accepted_version" INTEGER;
