#!/bin/sh
# Makes .env from .env.example, with a random secret (256 bits, hex) wherever one is empty. Never touches an .env that is there.
# Usage: sh deploy/make-env.sh            Needs nothing but a POSIX shell and /dev/urandom.
set -eu
cd "$(dirname "$0")/.."

if [ -e .env ]; then
  echo ".env is there already; it is left as it is. Delete it first for new secrets (data made with the old ones will not open)." >&2
  exit 1
fi

random() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; }

umask 077
while IFS= read -r line || [ -n "$line" ]; do
  case "$line" in
    '#'*) printf '%s\n' "$line" ;;
    *=) printf '%s%s\n' "$line" "$(random)" ;;
    *) printf '%s\n' "$line" ;;
  esac
done < .env.example > .env.new
# Whole or not at all.
mv .env.new .env
echo "Made .env (readable by you alone). Next: docker compose up --detach --build"
