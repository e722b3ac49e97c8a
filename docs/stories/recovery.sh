#!/usr/bin/env bash
# Recovery: Alice loses her key, and Bob gives her the account back. He could not have taken it.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

# What must be refused.
refused() { if "$@"; then echo "this should have been refused: $*" >&2; exit 1; fi; }

# Bob makes a key pair for Alice's account, and Alice lets it start recovery: she has a day to cancel.
bobs_key=$(keyway key generate alice.near | head -n 1)
keyway recovery install alice.near --helper "$bobs_key" --delay '1 day'

# That is all the key can do.
refused keyway tx send alice.near bob.near --transfer '1 NEAR' --sign-with "$bobs_key"
refused keyway recovery cancel alice.near --sign-with "$bobs_key"
refused keyway key add alice.near "$bobs_key" --full-access --sign-with "$bobs_key"

# Bob starts although Alice has lost nothing. She sees it in time.
keyway recovery recover alice.near --new-key --sign-with "$bobs_key"
keyway recovery status alice.near
refused keyway recovery finish alice.near --payer bob.near
keyway recovery cancel alice.near

# Now her key is lost. She makes a new one, and tells Bob its public half.
new_key=$(keyway key generate alice.near | head -n 1)
keyway recovery recover alice.near "$new_key" --sign-with "$bobs_key"

# A day goes by. On a network it does so by itself.
node=${NEAR_ENV:-local}
[ "$node" = local ] && node=http://127.0.0.1:3030
curl --silent --fail --output /dev/null --header 'content-type: application/json' "$node" --data \
  '{"jsonrpc": "2.0", "id": "1", "method": "sandbox_fast_forward", "params": {"delta_height": 300000}}'

# Anybody finishes it, and Alice has her account back.
keyway recovery finish alice.near --payer bob.near
keyway tx send alice.near bob.near --transfer '1 NEAR' --sign-with "$new_key"
keyway recovery remove-helper alice.near "$bobs_key" --sign-with "$new_key"
keyway key list alice.near
