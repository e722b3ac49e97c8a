#!/usr/bin/env bash
# Recovery: Alice loses her key, and Bob and Carol give her the account back. Neither could have taken it.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# A day goes by. On a network it does so by itself.
a_day() {
  local node=${NEAR_ENV:-local}
  [ "$node" = local ] && node=http://127.0.0.1:3030
  curl --silent --fail --output /dev/null --header 'content-type: application/json' "$node" --data \
    '{"jsonrpc": "2.0", "id": "1", "method": "sandbox_fast_forward", "params": {"delta_height": 300000}}'
}

# Bob and Carol make a key pair each for Alice's account. She lets both together start recovery, and has
# a day to cancel.
bobs_key=$(keyway key generate alice.near | head -n 1)
carols_key=$(keyway key generate alice.near | head -n 1)
keyway recovery install alice.near --helper "$bobs_key" --helper "$carols_key" --delay '1 day'

# To ask for it is all the keys can do.
refused 9 'signs calls only' \
  keyway tx send alice.near bob.near --transfer '1 NEAR' --sign-with "$bobs_key"
refused 9 'cannot attach a deposit' keyway recovery cancel alice.near --sign-with "$bobs_key"
bobs_own=$(keyway key generate alice.near | head -n 1)
refused 9 'signs calls only' \
  keyway key add alice.near "$bobs_own" --full-access --sign-with "$bobs_key"

# Bob wants the account for himself. Without Carol he waits for ever.
keyway recovery recover alice.near --new-key --sign-with "$bobs_key"
a_day
refused 8 'too few helpers' keyway recovery finish alice.near --payer bob.near

# He talks Carol into it, although Alice has lost nothing. She sees it in time.
bobs_choice=$(keyway key generate alice.near | head -n 1)
keyway recovery recover alice.near "$bobs_choice" --sign-with "$bobs_key"
keyway recovery recover alice.near "$bobs_choice" --sign-with "$carols_key"
keyway recovery status alice.near
refused 1 'can still cancel' keyway recovery finish alice.near --payer bob.near
keyway recovery cancel alice.near

# Now her key is lost. She makes a new one, and tells both its public half.
new_key=$(keyway key generate alice.near | head -n 1)
keyway recovery recover alice.near "$new_key" --sign-with "$bobs_key"
keyway recovery recover alice.near "$new_key" --sign-with "$carols_key"
a_day

# Anybody finishes it, and Alice has her account back.
keyway recovery finish alice.near --payer bob.near
keyway tx send alice.near bob.near --transfer '1 NEAR' --sign-with "$new_key"
keyway recovery remove-helper alice.near "$bobs_key" --sign-with "$new_key"
keyway recovery remove-helper alice.near "$carols_key" --sign-with "$new_key"
keyway key list alice.near
