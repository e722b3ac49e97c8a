#!/usr/bin/env bash
# Replacing a key.
#
# Alice's shop has one key, and someone may have a copy of it. She replaces it. At every moment the
# account has a working key, even if the machine crashes halfway.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

keyway account create shop.alice.near --balance '5 NEAR'
old_key=$(keyway key list shop.alice.near | grep -o 'ed25519:[0-9A-Za-z]*')

# Make a copy of the key, as someone else might have.
copy=$(mktemp -d)/shop.json
keyway key export shop.alice.near "$old_key" --file "$copy"

# This stores the new secret, adds the new key, proves it with a transaction, and only then deletes
# the old key. If it is interrupted, `--resume` continues.
keyway key rotate shop.alice.near

# The new key works, and the copy of the old one does not.
keyway tx send shop.alice.near bob.near --transfer '1 NEAR'
refused 9 'key found there is not one' \
  keyway tx send shop.alice.near bob.near --transfer '1 NEAR' --key-file "$copy"

# Replace the key in one transaction, so that the account never has both keys.
keyway key rotate shop.alice.near --atomic
keyway key list shop.alice.near
rm -r "$(dirname "$copy")"
