CREATE TYPE "admission" AS ENUM ('OPEN', 'QUEUE', 'DRAW');

ALTER TABLE "sales"
  ADD COLUMN "admission" "admission" NOT NULL DEFAULT 'OPEN',
  ADD COLUMN "waiting_room" JSONB,
  ADD COLUMN "draw_seed" TEXT,
  ADD CONSTRAINT "sales_with_a_room_have_its_settings"
    CHECK (("admission" = 'OPEN') = ("waiting_room" IS NULL) AND ("admission" = 'OPEN') = ("draw_seed" IS NULL));
