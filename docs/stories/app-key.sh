#!/usr/bin/env bash
# An app that signs for its user.
#
# Alice gives an app a key for one contract, with a budget for gas. From then on the app can play as
# Alice without asking her, and can do nothing else. At the end she deletes the key.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Create the game: an account with a contract.
keyway account create game.near --balance '10 NEAR'
keyway tx send game.near game.near --deploy contracts/wasm/game.wasm --call new

# Create the app's key. It may call two functions and spend 0.5 NEAR on gas.
app_key=$(keyway key generate alice.near | head -n 1)
keyway key add alice.near "$app_key" --contract game.near --functions play,leave \
  --allowance '0.5 NEAR'

# Whoever has this key can play as Alice.
keyway tx send alice.near game.near --call play --args '{"heads": true}' --gas '10 Tgas' \
  --sign-with "$app_key"

# The key cannot transfer tokens, call another contract or attach a deposit.
refused 9 'signs calls only' \
  keyway tx send alice.near bob.near --transfer '1 NEAR' --sign-with "$app_key"
refused 9 'is for game.near, not for bob.near' \
  keyway tx send alice.near bob.near --call play --sign-with "$app_key"
refused 9 'cannot attach a deposit' \
  keyway tx send alice.near game.near --call play --deposit '1 yoctoNEAR' --sign-with "$app_key"

# Alice deletes the key.
keyway key delete alice.near "$app_key"
keyway key list alice.near
