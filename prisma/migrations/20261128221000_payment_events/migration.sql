-- What a provider's event said when it came first. The same event id with other content is a conflict, which an operator has to see.
CREATE TABLE "payment_events" (
    "event_id" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payment_events_pkey" PRIMARY KEY ("event_id")
);
