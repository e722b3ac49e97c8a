#!/bin/sh
# What the image runs. Without arguments, or with flags of `keyway run`: a node on /data, which is made as the
# variables say if it is empty, as in nearprotocol's sandbox image. With a command: `keyway COMMAND`.
set -eu

case "${1:-}" in
'' | -*) ;;
*) exec keyway "$@" ;;
esac

home=${NEAR_HOME:-/data}
config=${NEAR_CONFIG:-/config}
if [ ! -f "$home/genesis.json" ]; then
    keyway --home "$home" init --fast \
        --account-id "${NEAR_ROOT_ACCOUNT:-sandbox}" \
        --test-seed "${NEAR_TEST_SEED:-sandbox}" \
        --chain-id "${NEAR_CHAIN_ID:-sandbox}"
fi
for file in genesis.json config.json; do
    if [ -f "$config/$file" ]; then cp "$config/$file" "$home/$file"; fi
done
[ $# -gt 0 ] || set -- --rpc-addr 0.0.0.0:3030
exec keyway --home "$home" run "$@"
