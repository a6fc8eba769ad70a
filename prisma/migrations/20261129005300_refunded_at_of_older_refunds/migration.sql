-- Of older refunds only the later time is known. A transaction without the new column: that one locks out readers, and this one reads every order.
UPDATE "orders" SET "refunded_at" = "settled_at" WHERE "status" = 'REFUNDED';
