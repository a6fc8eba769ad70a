-- A sink that began before may have failed before it was ready. To make one ready again is harmless, unless it was started over: that empties it.
ALTER TABLE "data_hub_positions" ALTER COLUMN "is_prepared" SET DEFAULT false;
UPDATE "data_hub_positions" SET "is_prepared" = false WHERE "run" = 1;
