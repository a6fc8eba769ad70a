-- A refund used to overwrite when the order had been settled. It has its own time now. Of older refunds only the later time is known.
ALTER TABLE "orders" ADD COLUMN "refunded_at" TIMESTAMPTZ(3);
UPDATE "orders" SET "refunded_at" = "settled_at" WHERE "status" = 'REFUNDED';
