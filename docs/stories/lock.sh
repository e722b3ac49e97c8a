#!/usr/bin/env bash
# A game that nobody can change any more.
#
# While its owner can change a contract, its players have to trust the owner. So the owner deletes
# every key of the account, and anyone can check that the contract cannot add one.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

keyway account create arena.near --balance '10 NEAR'
keyway tx send arena.near arena.near --deploy contracts/wasm/game.wasm --call new

# Check what the contract could do without its owner: it cannot add keys or replace its code.
keyway locked --wasm contracts/wasm/game.wasm | grep ': sealed$'
# The recovery contract can add keys, as it is meant to, so it would not be locked.
keyway locked --wasm contracts/wasm/recovery.wasm | grep ': can add keys$'

# Locking must be confirmed: at a terminal the command asks, in a script it needs --yes-lock.
refused 10 'this was not confirmed' keyway account lock arena.near
keyway locked arena.near | grep ': not locked$'
keyway account lock arena.near --yes-lock

# Players can check for themselves that the account is locked.
keyway locked arena.near | grep ': sealed$'
keyway tx send alice.near arena.near --call play --args '{"heads": true}' --gas '10 Tgas'

# The former owner still has a key file, but its key is no longer on the account.
refused 9 'key found there is not one' keyway tx send arena.near bob.near --transfer '1 NEAR'
refused 9 'key found there is not one' \
  keyway account delete arena.near --beneficiary bob.near --yes-delete
