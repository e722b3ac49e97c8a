#!/usr/bin/env bash
# A new key in the place of an old one.
#
# Alice's shop has one key, and a copy of it may be about. She makes another take its place. At no
# instant is the account without a key that works, also when the machine dies on the way.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

keyway account create shop.alice.near --balance '5 NEAR'
old_key=$(keyway key list shop.alice.near | grep -o 'ed25519:[0-9A-Za-z]*')

# A copy of the key that others might have, too.
copy=$(mktemp -d)/shop.json
keyway key export shop.alice.near "$old_key" --file "$copy"

# The new secret is kept and read back, the new key added and proven by a transaction of its own;
# only then does the old one go. Killed in between, `--resume` goes on.
keyway key rotate shop.alice.near

# The account goes on with the new key, and the copy opens nothing.
keyway tx send shop.alice.near bob.near --transfer '1 NEAR'
refused 9 'key found there is not one' \
  keyway tx send shop.alice.near bob.near --transfer '1 NEAR' --key-file "$copy"

# In one transaction, for those who must not have both keys at any time.
keyway key rotate shop.alice.near --atomic
keyway key list shop.alice.near
rm -r "$(dirname "$copy")"
