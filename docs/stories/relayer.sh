#!/usr/bin/env bash
# A game whose players have no NEAR.
#
# The game runs a relayer. It creates an account for each new player, and pays for their moves, within
# a policy. A player signs each move; the relayer can neither change it nor move on its own.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

directory=$(mktemp -d)
relayer=
end() {
  if [ -n "$relayer" ]; then kill "$relayer"; wait "$relayer" || true; fi
  rm -rf "$directory"
}
trap end EXIT

# The game, and the account that pays.
keyway account create fair.near --balance '10 NEAR'
keyway tx send fair.near fair.near --deploy contracts/wasm/game.wasm --call new
keyway account create relay.near --balance '50 NEAR'

# The game's server gets an API key. The relayer keeps only its hash.
made=$(keyway relay key new fair --json)
api_key=$(sed 's/.*"key": *"\([^"]*\)".*/\1/' <<< "$made")
key_hash=$(sed 's/.*"key_hash": *"\([^"]*\)".*/\1/' <<< "$made")

# What the relayer pays for: accounts for players, and their moves. Nothing else.
cat > "$directory/policy.toml" << 'TOML'
[budget]
per_day = "5 NEAR"
total = "40 NEAR"

[apps.fair]
per_call = "0.1 NEAR"
per_user_per_day = "1 NEAR"
per_day = "5 NEAR"

[[apps.fair.rules]]
name = "new players"
ways = ["intent"]
users = ["*.relay.near"]
keys = "any"
receivers = ["*.relay.near"]
max_actions = 2

[[apps.fair.rules.allow]]
action = "create_account"

[[apps.fair.rules.allow]]
action = "add_full_access_key"

[[apps.fair.rules]]
name = "moves"
ways = ["delegate"]
users = ["*.relay.near"]
keys = "any"
receivers = ["fair.near"]
max_actions = 1
max_lifetime_blocks = 200

[[apps.fair.rules.allow]]
action = "call"
methods = ["play"]
max_gas = "10 Tgas"
max_deposit = "0 NEAR"
arguments = { fields = ["heads"], checks = [{ path = "$.heads", one_of = [true, false] }] }
TOML

# Look at it before it is live.
keyway relay policy explain --policy "$directory/policy.toml"

node=${NEAR_ENV:-http://127.0.0.1:3030}
keys=${NEAR_CREDENTIALS_DIR:-$HOME/.near-credentials}
cat > "$directory/relay.toml" << TOML
listen = "127.0.0.1:0"
store = "relay.redb"
policy = "policy.toml"

[chain]
endpoints = ["$node"]

[account]
id = "relay.near"
signer = { key_files = { directory = "$keys", network = "localnet" } }

[apps.fair]
key_hashes = ["$key_hash"]
TOML

keyway relay --config "$directory/relay.toml" > "$directory/address" 2> "$directory/log" &
relayer=$!
for _ in $(seq 100); do
  [ -s "$directory/address" ] && break
  sleep 0.1
done
address=$(cat "$directory/address")

# `ask PATH BODY` prints the status and the answer.
ask() {
  curl --silent --show-error --header "Authorization: Bearer $api_key" --data "$2" \
    --write-out ' %{http_code}\n' "$address/v1/$1"
}

# `expect STATUS TEXT PATH BODY` fails unless the answer has this status and contains the text.
expect() {
  local status=$1 text=$2 answer
  shift 2
  answer=$(ask "$@")
  if [[ $answer != *"$text"* || $answer != *" $status" ]]; then
    echo "not $status with \"$text\": $answer" >&2
    cat "$directory/log" >&2
    exit 1
  fi
}

# A player makes a key. The relayer creates the account, which has no NEAR at all.
player=$(keyway key generate pat.relay.near | head -n 1)
expect 200 '"state":"succeeded"' 'intents?wait=20s' "{
  \"receiver\": \"pat.relay.near\", \"user\": \"pat.relay.near\",
  \"actions\": [\"CreateAccount\", { \"AddKey\": {
    \"public_key\": \"$player\", \"access_key\": { \"nonce\": 0, \"permission\": \"FullAccess\" } } }]
}"

# The player signs a move, and the relayer pays for it.
move=$(keyway tx sign pat.relay.near fair.near --call play --args '{"heads": true}' --gas '10 Tgas' \
  --delegate 100)
expect 200 '"state":"succeeded"' 'relay?wait=20s' "{ \"delegate\": \"$move\" }"

# The same move again is the same request: it does not run twice.
expect 200 '"state":"succeeded"' 'relay?wait=20s' "{ \"delegate\": \"$move\" }"

# Anything else is refused, and costs nothing.
gift=$(keyway tx sign pat.relay.near alice.near --transfer '1 NEAR' --delegate 100)
expect 403 'receiver alice.near is not among fair.near' 'relay' "{ \"delegate\": \"$gift\" }"

# The player still has no NEAR.
keyway account show pat.relay.near
