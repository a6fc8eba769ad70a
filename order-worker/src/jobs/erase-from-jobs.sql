-- erase-from-jobs: deletes the jobs whose results name a user.
--
-- $1 the user id as it is in a JSON text   $2 the user id
DELETE FROM jobs WHERE position($1 IN result::text) > 0 OR position($2 IN problem) > 0
