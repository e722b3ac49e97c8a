#!/usr/bin/env bash
# A game that nobody can change any more.
#
# Players trust a contract only as far as its owner can change it. So the owner gives up his keys, and
# anybody can see that the contract itself cannot undo it.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

keyway account create arena.near --balance '10 NEAR'
keyway tx send arena.near arena.near --deploy contracts/wasm/game.wasm --call new

# What could the contract do without its owner? It reaches nothing that adds keys or replaces code.
keyway locked --wasm contracts/wasm/game.wasm | grep ': sealed$'
# This one does, and so would not be locked: that is what it is for.
keyway locked --wasm contracts/wasm/recovery.wasm | grep ': can add keys$'

# Nothing happens by accident: the command asks, and in a script it wants to be told.
refused 10 'this was not confirmed' keyway account lock arena.near
keyway locked arena.near | grep ': not locked$'
keyway account lock arena.near --yes-lock

# Whoever wants to play looks first, and needs nobody's word for it.
keyway locked arena.near | grep ': sealed$'
keyway tx send alice.near arena.near --call play --args '{"heads": true}' --gas '10 Tgas'

# The former owner has his key file still. It opens nothing.
refused 9 'key found there is not one' keyway tx send arena.near bob.near --transfer '1 NEAR'
refused 9 'key found there is not one' \
  keyway account delete arena.near --beneficiary bob.near --yes-delete
