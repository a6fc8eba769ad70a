-- The rules in force, and the version of rules and lists together. One row.
CREATE TABLE "risk_settings" (
  "id" SMALLINT PRIMARY KEY DEFAULT 1 CHECK ("id" = 1),
  "version" INTEGER NOT NULL DEFAULT 0,
  "rules" JSONB NOT NULL DEFAULT '[]',
  "rules_version" INTEGER NOT NULL DEFAULT 0,
  "rules_changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "rules_changed_by" TEXT NOT NULL DEFAULT ''
);
INSERT INTO "risk_settings" DEFAULT VALUES;

CREATE TABLE "risk_list_entries" (
  "id" UUID PRIMARY KEY,
  "list" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "value" TEXT NOT NULL,
  "sale_id" UUID,
  "note" TEXT,
  "expires_at" TIMESTAMPTZ(3),
  "added_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "added_by" TEXT NOT NULL
);
-- A sale's own entry stands beside the entry for every sale.
CREATE UNIQUE INDEX "risk_list_entries_once" ON "risk_list_entries"
  ("list", "kind", "value", COALESCE("sale_id", '00000000-0000-0000-0000-000000000000'));

-- Who changed what: one row for each version. Rows are only added.
CREATE TABLE "risk_changes" (
  "version" INTEGER PRIMARY KEY,
  "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "changed_by" TEXT NOT NULL,
  "address" TEXT,
  "what" TEXT NOT NULL,
  "why" TEXT,
  "detail" JSONB NOT NULL
);
