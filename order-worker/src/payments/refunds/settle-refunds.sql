-- settle-refunds: see the function, in prisma/migrations.
--
-- $1 refund ids   $2 which provider says so, or null   $3 DONE or REFUSED   $4 why it was refused
SELECT settle_refunds($1::uuid[], $2::text[], $3::text[], $4::text[]) AS settled
