-- shipment-faults: what differs between some shipments of a sale, as the warehouse has listed them, and the sagas of their orders. The list was read first.
--
-- $1 sale id   $2 JSON array of listed shipments   $3 orders after this id   $4 and up to this one   $5 in place of these, orders with these ids
--
-- A saga that has not come to an end with the warehouse is not judged: the warehouse may know more than it does. Neither is a step that an operator has
-- skipped. Returns 1000 rows at most, more than a person reads.
WITH listed AS (
  SELECT "shipmentId" AS id, min(state) AS state, sum(quantity) AS quantity, count(*) AS times
  FROM jsonb_to_recordset($2::jsonb) AS shipment ("shipmentId" uuid, state text, quantity int)
  GROUP BY 1
), belongs AS (
  SELECT id FROM orders
  WHERE $5::uuid[] IS NULL AND item_id IN (SELECT id FROM items WHERE sale_id = $1::uuid) AND id > $3::uuid AND id <= $4::uuid
  UNION ALL SELECT unnest($5::uuid[])
), booked AS (
  SELECT o.id, o.quantity, s.state::text AS state, s.steps #>> '{fulfilment,is}' AS step
  FROM belongs b
  JOIN orders o ON o.id = b.id AND o.sale_id = $1::uuid
  JOIN sagas s ON s.order_id = o.id AND s.name = 'after-paid'
), judged AS (
  SELECT coalesce(b.id, l.id) AS id, l.state, CASE
    WHEN l.times > 1 THEN 'doubled'
    WHEN b.id IS NULL OR b.state = 'COMPLETED' AND b.step IS NULL THEN
      CASE WHEN l.state IN ('accepted', 'pending', 'shipped') THEN 'foreign' END
    WHEN b.state IN ('RUNNING', 'COMPLETED') AND b.step = 'DONE' THEN
      CASE WHEN l.state IN ('accepted', 'shipped') THEN CASE WHEN l.quantity <> b.quantity THEN 'quantity' END ELSE 'missing' END
    WHEN b.state = 'COMPENSATED' AND b.step IS DISTINCT FROM 'KEPT' AND l.state IN ('accepted', 'pending', 'shipped') THEN 'left'
  END AS fault
  FROM listed l
  FULL JOIN booked b ON b.id = l.id
)
SELECT id::text AS "orderId", state, fault FROM judged WHERE fault IS NOT NULL ORDER BY id LIMIT 1000
