#!/usr/bin/env bash
# Recovery: Alice loses her key, and Bob and Carol help her get a new one. Neither of them alone could
# take the account.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Fast-forwards the local node by a day. On a network you wait.
a_day() {
  local node=${NEAR_ENV:-local}
  [ "$node" = local ] && node=http://127.0.0.1:3030
  curl --silent --fail --output /dev/null --header 'content-type: application/json' "$node" --data \
    '{"jsonrpc": "2.0", "id": "1", "method": "sandbox_fast_forward", "params": {"delta_height": 300000}}'
}

# Bob and Carol each generate a key for Alice's account. Both together can start a recovery, which
# Alice can cancel within a day.
bobs_key=$(keyway key generate alice.near | head -n 1)
carols_key=$(keyway key generate alice.near | head -n 1)
keyway recovery install alice.near --helper "$bobs_key" --helper "$carols_key" --delay '1 day'

# Their keys can ask for a recovery and nothing else.
refused 9 'signs calls only' \
  keyway tx send alice.near bob.near --transfer '1 NEAR' --sign-with "$bobs_key"
refused 9 'cannot attach a deposit' keyway recovery cancel alice.near --sign-with "$bobs_key"
bobs_own=$(keyway key generate alice.near | head -n 1)
refused 9 'signs calls only' \
  keyway key add alice.near "$bobs_own" --full-access --sign-with "$bobs_key"

# Bob tries to take the account. Without Carol he cannot.
keyway recovery recover alice.near --new-key --sign-with "$bobs_key"
a_day
refused 8 'too few helpers' keyway recovery finish alice.near --payer bob.near

# Bob persuades Carol, although Alice has not lost her key. Alice notices in time and cancels.
bobs_choice=$(keyway key generate alice.near | head -n 1)
keyway recovery recover alice.near "$bobs_choice" --sign-with "$bobs_key"
keyway recovery recover alice.near "$bobs_choice" --sign-with "$carols_key"
keyway recovery status alice.near
refused 1 'can still cancel' keyway recovery finish alice.near --payer bob.near
keyway recovery cancel alice.near

# Now Alice loses her key. She generates a new one and gives Bob and Carol its public key.
new_key=$(keyway key generate alice.near | head -n 1)
keyway recovery recover alice.near "$new_key" --sign-with "$bobs_key"
keyway recovery recover alice.near "$new_key" --sign-with "$carols_key"
a_day

# After the delay anyone can finish the recovery, and Alice has her account back.
keyway recovery finish alice.near --payer bob.near
keyway tx send alice.near bob.near --transfer '1 NEAR' --sign-with "$new_key"
keyway recovery remove-helper alice.near "$bobs_key" --sign-with "$new_key"
keyway recovery remove-helper alice.near "$carols_key" --sign-with "$new_key"
keyway key list alice.near
