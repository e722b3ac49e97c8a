#!/usr/bin/env bash
# An app that signs in the user's name.
#
# Alice gives an app a key for one contract, with a budget for gas. The app plays as Alice from then
# on, without asking her, and can do nothing else. Then she takes the key back.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The game has an account and a contract of its own.
keyway account create game.near --balance '10 NEAR'
keyway tx send game.near game.near --deploy contracts/wasm/game.wasm --call new

# Alice's key for the app: two functions, and 0.5 NEAR for gas.
app_key=$(keyway key generate alice.near | head -n 1)
keyway key add alice.near "$app_key" --contract game.near --functions play,leave \
  --allowance '0.5 NEAR'

# Whoever holds it plays as Alice.
keyway tx send alice.near game.near --call play --args '{"heads": true}' --gas '10 Tgas' \
  --sign-with "$app_key"

# It cannot touch her tokens, nor any other contract, nor attach tokens to a call.
refused 9 'signs calls only' \
  keyway tx send alice.near bob.near --transfer '1 NEAR' --sign-with "$app_key"
refused 9 'is for game.near, not for bob.near' \
  keyway tx send alice.near bob.near --call play --sign-with "$app_key"
refused 9 'cannot attach a deposit' \
  keyway tx send alice.near game.near --call play --deposit '1 yoctoNEAR' --sign-with "$app_key"

# Her game counts for her, and the key goes.
keyway key delete alice.near "$app_key"
keyway key list alice.near
