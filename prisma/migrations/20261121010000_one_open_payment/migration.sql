-- Starting to pay twice at the same moment begins one payment: the second INSERT meets the first. A declined one makes room for another.
CREATE UNIQUE INDEX "payments_one_open_key" ON "payments"("order_id") WHERE "status" = 'CREATED';
