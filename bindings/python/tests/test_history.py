"""Named snapshots, dumps, traces, what-ifs, the history of keys, and forks."""

from datetime import timedelta

import pytest
from keyway_module import Sandbox, random_key

NEAR = 10**24


@pytest.fixture
def funded():
    """A chain on which alice has 10 NEAR."""
    with Sandbox(accounts={"alice.near": {"balance": "10 NEAR"}}) as sandbox:
        yield sandbox


def test_named_snapshots(funded):
    funded.snapshot_named("funded", note="alice has 10 NEAR")
    funded.account("alice.near").transfer("near", "1 NEAR")
    funded.snapshot_named("paid")
    funded.revert_named("funded")
    assert funded.balance("alice.near") == 10 * NEAR
    first, second = funded.snapshots()
    assert (first["note"], first["current"], first["parent"]) == ("alice has 10 NEAR", True, None)
    assert (second["name"], second["parent"]) == ("paid", "funded") and isinstance(second["time_ns"], int)
    funded.delete_snapshot("paid")
    with pytest.raises(funded.SandboxError, match="Snapshot.Unknown"):
        funded.revert_named("paid")
    seen = funded.rpc("keyway_snapshot_list")["result"]["snapshots"]
    assert [snapshot["name"] for snapshot in seen] == ["funded"]
    funded.reset()
    assert (funded.height, funded.snapshots()) == (0, [])


def test_a_dump_is_loaded(funded, tmp_path):
    path = tmp_path / "state.keyway"
    funded.dump(path)
    with Sandbox.load(path) as again:
        assert (again.height, again.chain_id) == (funded.height, "sandbox")
        again.account("alice.near").transfer("near", "1 NEAR")
    with pytest.raises(funded.SandboxError, match="Dump.NotLoaded"):
        Sandbox.load(tmp_path / "none")
    with pytest.raises(funded.SandboxError, match="Dump.NotWritten"):
        funded.dump(tmp_path / "none" / "state")


def test_a_trace(funded):
    outcome = funded.account("alice.near").transfer("near", "1 NEAR")
    trace = funded.trace(outcome.transaction_hash)
    assert trace["transaction"]["signer_id"] == "alice.near"
    assert trace["gas_burnt"] == outcome.gas_burnt
    assert funded.why(outcome.transaction_hash).startswith("it succeeded")
    with pytest.raises(funded.QueryError, match="Transaction.NotFound"):
        funded.trace("1" * 32)


def test_a_past_transaction_with_something_changed(funded, contracts):
    changes = funded.changes
    alice = funded.account("alice.near")
    hash = alice.transfer("near", "1 NEAR").transaction_hash
    height = funded.height
    more = funded.what_if(hash, changes.deposit("2 NEAR"))
    assert more["differences"][0]["changed"] == {"values": {"before": str(NEAR), "after": str(2 * NEAR)}}
    for change in (
        changes.balance("alice.near", 5 * NEAR),
        changes.code("near", contracts["game"]),
        changes.time(funded.now + timedelta(seconds=1)),
        changes.signer(alice.public_key),
        changes.key("near", random_key().public_key, {"nonce": 7, "permission": "FullAccess"}),
    ):
        assert "succeeded" in funded.what_if(hash, change)["after"]["status"], change
    refused = funded.what_if(hash, changes.key("alice.near", alice.public_key, None))["after"]["status"]
    assert "AccessKeyNotFound" in refused["failed"]["InvalidTxError"]["InvalidAccessKeyError"]
    for change in (changes.gas("1 Tgas"), changes.args({}), changes.allowance("alice.near", alice.public_key, None)):
        with pytest.raises(funded.ArgumentError):
            funded.what_if(hash, change)
    assert funded.height == height


def test_the_history_of_keys(funded):
    alice = funded.account("alice.near")
    app = alice.add_function_call_key("game.near", functions=["play"], gas_budget="0.25 NEAR")
    added = funded.height
    alice.execute(funded.actions.delete_key(app.public_key))
    events = funded.key_history("alice.near", public_key=app.public_key)["events"]
    assert [event["event"] for event in events] == ["added", "deleted"]
    history = funded.key_history("alice.near")["events"]
    assert any(event["event"] == "used" and event["public_key"] == alice.public_key for event in history)
    assert len(funded.key_history("alice.near", from_height=added)["events"]) < len(history)


def test_a_fork_reads_its_network_and_leaves_it_alone(funded, tmp_path):
    funded.seal_blocks(3)
    assert funded.forked_from() is None
    path = tmp_path / "test.fork"
    with funded.listen(live=False) as server, Sandbox.fork(server.url, cache=tmp_path / "cache") as fork:
        fork.account("alice.near").transfer("near", "4 NEAR")
        assert fork.balance("alice.near") < 6 * NEAR
        assert funded.balance("alice.near") == 10 * NEAR
        status = fork.forked_from()
        assert status["chain_id"] == "sandbox" and status["rows"] > 0 and status["requests"] > 0
        fork.freeze(path)
    with Sandbox.fork_file(path) as frozen:
        assert frozen.balance("alice.near") == 10 * NEAR
        with pytest.raises(Exception, match="test.near"):
            frozen.balance("test.near")
    with pytest.raises(funded.SandboxError, match="Fork.None"):
        funded.freeze(path)
    with pytest.raises(funded.SandboxError, match="Fork.Failed"):
        Sandbox.fork("nowhere")


def test_a_gas_key_has_no_budget(funded):
    with pytest.raises(TypeError, match="gas_budget"):
        funded.actions.add_function_call_gas_key(
            random_key().public_key, "game.near", functions=["play"], nonces=4, gas_budget="1 NEAR"
        )
    action = funded.actions.add_function_call_gas_key(
        random_key().public_key, "game.near", functions=["play"], nonces=4
    )
    with pytest.raises(funded.ArgumentError, match="gas_budget"):
        funded.account("alice.near").execute({**action, "gas_budget": "1 NEAR"})
