-- How users can be reached, if the gateways collect it from access tokens; and which text messages they got.
CREATE TABLE "contacts" (
  "user_id" TEXT NOT NULL,
  "email" TEXT,
  "phone" TEXT,
  "locale" TEXT,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "contacts_pkey" PRIMARY KEY ("user_id")
);

CREATE TABLE "sms_messages" (
  "event_id" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "sent_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "sms_messages_pkey" PRIMARY KEY ("event_id")
);
CREATE INDEX "sms_messages_user_id_sent_at_idx" ON "sms_messages" ("user_id", "sent_at");
