-- record: reads and writes a reservation as the reservations hash holds it: letter|user|units|reservedAt|payBy, times in ms (see record.ts).
-- The user may hold any bytes, also `|`: three numbers follow the last one.
--
-- parseRecord(record) returns the letter of the status, user, units, reservedAt and payBy, each as text.
-- unitsHeld(record) returns user and units if the reservation holds units (R, O or P), else nil.
-- formatRecord(letter, user, units, reservedAt, payBy) returns the record.

local function parseRecord(record)
  return string.match(record, '^(%u)|(.*)|(%d+)|(%d+)|(%d+)$')
end

local function unitsHeld(record)
  return string.match(record, '^[ROP]|(.*)|(%d+)|%d+|%d+$')
end

local function formatRecord(letter, user, units, reservedAt, payBy)
  return letter .. '|' .. user .. '|' .. units .. '|' .. reservedAt .. '|' .. payBy
end
