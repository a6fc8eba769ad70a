#!/bin/sh
# Makes .env from .env.example and fills each empty secret with a random one (256 bits, hex). Never changes an existing .env.
# Usage: sh deploy/make-env.sh            Needs only a POSIX shell and /dev/urandom.
set -eu
cd "$(dirname "$0")/.."

if [ -e .env ]; then
  echo ".env exists and was not changed. Delete it first to get new secrets (data made with the old ones will not open)." >&2
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
# All of it or nothing.
mv .env.new .env
echo "Made .env (readable by you alone). Next: docker compose up --detach --build"
