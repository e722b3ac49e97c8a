#!/usr/bin/env bash
# A drop: a hundred links become a hundred accounts.
#
# Alice pays for links of 0.1 NEAR each. Whoever gets a link can create an account with it, without
# having NEAR or an account before. A link is a key of the drop's account and can only be claimed.
#
# Start `keyway run` in another terminal, then run this at the root of the repository.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT

# Create an account for the drop, with 5 NEAR.
drop_key=$(keyway key generate drop.near | head -n 1)
keyway tx send near drop.near --create-account --transfer '5 NEAR' --add-full-access-key "$drop_key"

# Make a hundred links, in a file that only Alice can read. This deploys the drop's contract to the
# account; at a terminal the command asks first, here --yes-deploy confirms it.
keyway drop create drop.near --funder alice.near --links 100 --amount '0.1 NEAR' \
  --links-file "$dir/links" --yes-deploy
[ "$(wc -l < "$dir/links")" -eq 100 ]

# Someone tries to get more out of a link than its amount.
link=$(head -n 1 "$dir/links")
echo "${link#*#}" > "$dir/secret"
as_link() { LINK_KEY=$(cat "$dir/secret") keyway tx send drop.near "$@" --key-env LINK_KEY; }
refused 9 'signs calls only' as_link bob.near --transfer '5 NEAR'
refused 9 'not for `withdraw_surplus`' as_link drop.near --call withdraw_surplus
refused 9 'cannot attach a deposit' as_link drop.near --call claim \
  --args '{"account_id": "bob.near"}' --deposit '1 yoctoNEAR'
refused 9 'signs calls only' as_link drop.near --add-full-access-key "$drop_key"

# A hundred people create a hundred accounts.
number=0
while read -r link; do
  number=$((number + 1))
  keyway drop claim - --create "user-$number.drop.near" <<< "$link" > "$dir/claimed"
done < "$dir/links"
cat "$dir/claimed"

# Each link works only once. The new accounts work like any other, and the drop's owner can still
# use the drop's remaining balance.
head -n 1 "$dir/links" > "$dir/used"
answers=$dir/used refused 8 'it was claimed' keyway drop claim - --to bob.near
keyway drop list drop.near
keyway tx send user-100.drop.near bob.near --transfer '0.05 NEAR'
keyway tx send drop.near bob.near --transfer '3 NEAR'
