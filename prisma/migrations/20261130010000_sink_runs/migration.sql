-- An operator starts a sink over while workers feed it. `run` counts how often it began, so a batch of the run before moves nothing. `is_prepared` is false
-- until the sink is ready for the first batch of the run.
ALTER TABLE "data_hub_positions"
    ADD COLUMN "run" INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN "is_prepared" BOOLEAN NOT NULL DEFAULT true;
