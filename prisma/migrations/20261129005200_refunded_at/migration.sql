-- A refund used to overwrite when the order had been settled. It has its own time now. The next migration fills in older refunds.
ALTER TABLE "orders" ADD COLUMN "refunded_at" TIMESTAMPTZ(3);
