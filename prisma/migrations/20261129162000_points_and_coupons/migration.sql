-- A ledger of points and a book of coupons. Both are filled by messages alone, which may come twice, late and in any order, so the caller's key is the
-- primary key: it is awarded, or issued, at most once, and never after it was taken back.

-- Balances. The sum of the entries of an account that were not taken back.
CREATE TABLE "points_accounts" (
  "user_id" TEXT NOT NULL,
  "balance" BIGINT NOT NULL,

  CONSTRAINT "points_accounts_pkey" PRIMARY KEY ("user_id"),
  CONSTRAINT "points_accounts_balance" CHECK ("balance" >= 0)
);

-- "points" is 0 if the entry was taken back before it was awarded: the award may still come, and must not count.
CREATE TABLE "points_entries" (
  "key" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "points" BIGINT NOT NULL,
  "awarded_at" TIMESTAMPTZ(3),
  "taken_back_at" TIMESTAMPTZ(3),

  CONSTRAINT "points_entries_pkey" PRIMARY KEY ("key"),
  CONSTRAINT "points_entries_points" CHECK ("points" >= 0 AND ("awarded_at" IS NOT NULL OR "points" = 0)),
  CONSTRAINT "points_entries_once" CHECK ("awarded_at" IS NOT NULL OR "taken_back_at" IS NOT NULL)
);

CREATE INDEX "points_entries_user_id_idx" ON "points_entries" ("user_id");

CREATE TYPE "coupon_state" AS ENUM ('ISSUED', 'USED', 'REVOKED');

-- "code" is null if the coupon was revoked before it was issued.
CREATE TABLE "coupons" (
  "key" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "template" TEXT,
  "code" TEXT,
  "state" "coupon_state" NOT NULL,
  "issued_at" TIMESTAMPTZ(3),
  "used_at" TIMESTAMPTZ(3),
  "used_for" TEXT,
  "revoked_at" TIMESTAMPTZ(3),

  CONSTRAINT "coupons_pkey" PRIMARY KEY ("key"),
  CONSTRAINT "coupons_issued" CHECK (("code" IS NULL) = ("issued_at" IS NULL) AND ("code" IS NULL) = ("template" IS NULL)),
  CONSTRAINT "coupons_used" CHECK (("state" = 'USED') = ("used_at" IS NOT NULL) AND ("state" = 'USED') = ("used_for" IS NOT NULL)),
  CONSTRAINT "coupons_revoked" CHECK (("state" = 'REVOKED') = ("revoked_at" IS NOT NULL)),
  CONSTRAINT "coupons_has_code" CHECK ("code" IS NOT NULL OR "state" = 'REVOKED')
);

CREATE UNIQUE INDEX "coupons_code_key" ON "coupons" ("code");
CREATE INDEX "coupons_user_id_idx" ON "coupons" ("user_id");
