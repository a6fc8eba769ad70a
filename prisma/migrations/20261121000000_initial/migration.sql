-- Tables of the heavy path. What Prisma's schema language cannot say stands here: checks, partial indexes, the item sequence.

CREATE TYPE "sale_status" AS ENUM ('DRAFT', 'PUBLISHED', 'PAUSED', 'CLOSED');
CREATE TYPE "order_status" AS ENUM ('PENDING_PAYMENT', 'PAID', 'CANCELLED', 'REFUNDED');
CREATE TYPE "payment_status" AS ENUM ('CREATED', 'SUCCEEDED', 'FAILED', 'REFUNDED');

-- Six hex digits are the tail of every reservation id, so the sequence ends where they end.
CREATE SEQUENCE "item_number" MINVALUE 1 MAXVALUE 16777215 NO CYCLE;

CREATE TABLE "sales" (
    "id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "status" "sale_status" NOT NULL DEFAULT 'DRAFT',
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "pay_timeout_seconds" INTEGER NOT NULL,
    "token_lead_seconds" INTEGER NOT NULL,
    "rate_per_second" INTEGER NOT NULL,
    "burst" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "sales_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "sales_window" CHECK ("ends_at" > "starts_at"),
    CONSTRAINT "sales_pay_timeout" CHECK ("pay_timeout_seconds" > 0),
    CONSTRAINT "sales_token_lead" CHECK ("token_lead_seconds" >= 0),
    CONSTRAINT "sales_rate_limit" CHECK ("rate_per_second" > 0 AND "burst" > 0)
);

CREATE TABLE "items" (
    "id" CHAR(6) NOT NULL DEFAULT lpad(to_hex(nextval('item_number'::regclass)), 6, '0'::text),
    "sale_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "price_cents" INTEGER NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "stock" INTEGER NOT NULL,
    "sold" INTEGER NOT NULL DEFAULT 0,
    "limit_per_user" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "items_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "items_never_oversold" CHECK ("sold" BETWEEN 0 AND "stock"),
    CONSTRAINT "items_price" CHECK ("price_cents" >= 0),
    CONSTRAINT "items_limit" CHECK ("limit_per_user" > 0)
);

CREATE TABLE "orders" (
    "id" UUID NOT NULL,
    "sale_id" UUID NOT NULL,
    "item_id" CHAR(6) NOT NULL,
    "user_id" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "amount_cents" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "status" "order_status" NOT NULL DEFAULT 'PENDING_PAYMENT',
    "version" INTEGER NOT NULL DEFAULT 0,
    "pay_by" TIMESTAMPTZ(3) NOT NULL,
    "reserved_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),
    "reason" TEXT,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "orders_quantity" CHECK ("quantity" > 0),
    CONSTRAINT "orders_amount" CHECK ("amount_cents" >= 0),
    -- The tail of the id leads to the item's keys in Redis: an order under a foreign item's id would be lost there.
    CONSTRAINT "orders_item_in_id" CHECK (right("id"::text, 6) = "item_id")
);

CREATE TABLE "rejections" (
    "reservation_id" UUID NOT NULL,
    "sale_id" UUID NOT NULL,
    "item_id" CHAR(6) NOT NULL,
    "user_id" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "rejections_pkey" PRIMARY KEY ("reservation_id")
);

CREATE TABLE "payments" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "amount_cents" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "status" "payment_status" NOT NULL DEFAULT 'CREATED',
    "checkout_url" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "received_at" TIMESTAMPTZ(3),

    CONSTRAINT "payments_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "refunds" (
    "payment_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "amount_cents" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "refunds_pkey" PRIMARY KEY ("payment_id"),
    CONSTRAINT "refunds_payment_id_fkey" FOREIGN KEY ("payment_id") REFERENCES "payments"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "stock_additions" (
    "request_id" TEXT NOT NULL,
    "item_id" CHAR(6) NOT NULL,
    "units" INTEGER NOT NULL,
    "stock_after" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "stock_additions_pkey" PRIMARY KEY ("item_id", "request_id"),
    CONSTRAINT "stock_additions_units" CHECK ("units" > 0)
);

CREATE TABLE "sale_statistics" (
    "sale_id" UUID NOT NULL,
    "created" BIGINT NOT NULL DEFAULT 0,
    "paid" BIGINT NOT NULL DEFAULT 0,
    "cancelled" BIGINT NOT NULL DEFAULT 0,
    "rejected" BIGINT NOT NULL DEFAULT 0,
    "refunded" BIGINT NOT NULL DEFAULT 0,
    "revenue_cents" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "sale_statistics_pkey" PRIMARY KEY ("sale_id")
);

CREATE TABLE "listener_positions" (
    "listener" TEXT NOT NULL,
    "stream_seq" BIGINT NOT NULL,

    CONSTRAINT "listener_positions_pkey" PRIMARY KEY ("listener")
);

CREATE INDEX "sales_status_ends_at_idx" ON "sales"("status", "ends_at");
CREATE UNIQUE INDEX "items_sale_id_position_key" ON "items"("sale_id", "position");
CREATE INDEX "orders_user_id_id_idx" ON "orders"("user_id", "id");
CREATE INDEX "orders_item_id_idx" ON "orders"("item_id");
-- Only what the sweep asks for: small, however many orders were ever paid.
CREATE INDEX "orders_unpaid_pay_by_idx" ON "orders"("pay_by") WHERE "status" = 'PENDING_PAYMENT';
CREATE INDEX "rejections_item_id_idx" ON "rejections"("item_id");
CREATE INDEX "payments_order_id_idx" ON "payments"("order_id");
CREATE INDEX "refunds_unsent_idx" ON "refunds"("created_at") WHERE "sent_at" IS NULL;

ALTER TABLE "items" ADD CONSTRAINT "items_sale_id_fkey" FOREIGN KEY ("sale_id") REFERENCES "sales"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
