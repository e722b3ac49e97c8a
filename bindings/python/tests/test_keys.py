"""The access-key story."""

import json
from datetime import timedelta

import pytest
from keyway_module import contract_powers, key_from_phrase, key_from_secret, known_key, random_key

NEAR = 10**24
DAY = timedelta(days=1)
DAY_NS = str(24 * 60 * 60 * 10**9)


def test_grant(keyway, alice):
    app = alice.add_function_call_key("game.near", functions=["play"], gas_budget="0.25 NEAR")
    outcome = app.call("game.near", "play", {"heads": True})
    assert outcome.json()["rounds"] == 1
    assert outcome.status == "succeeded" and outcome.signer_id == "alice.near"
    key = keyway.access_key("alice.near", app.public_key)
    assert (key["contract"], key["functions"]) == ("game.near", ["play"])
    assert key["gas_budget"] < NEAR // 4


def test_every_refusal(keyway, alice):
    actions = keyway.actions
    app = alice.add_function_call_key("game.near", functions=["play"], gas_budget="0.25 NEAR")

    def refused(match, *todo, receiver=None):
        with pytest.raises(keyway.Refused, match=match):
            app.execute(*todo, receiver=receiver)

    play = actions.call("game.near", "play", {"heads": True})
    refused("Function.NotAllowed", actions.call("game.near", "leave"))
    refused("Receiver.NotAllowed", actions.call("alice.near", "play"))
    refused("AttachedDeposit.NotAllowed", actions.call("game.near", "play", {}, deposit=1))
    refused("NotFullAccess", play, play)
    refused("NotFullAccess", actions.transfer(1), receiver="game.near")
    with pytest.raises(keyway.Refused, match="AccessKey.NotFound"):
        alice.with_key(random_key()).transfer("game.near", 1)
    with pytest.raises(keyway.Refused, match="Signer.Budget.NotEnough"):
        alice.transfer("game.near", "99 NEAR")


def test_a_refusal_has_its_figures(keyway, alice):
    app = alice.add_function_call_key("game.near", functions=["play"], gas_budget="1 milliNEAR")
    with pytest.raises(keyway.Refused) as refused:
        app.call("game.near", "play", {"heads": True})
    error = refused.value
    assert error.kind == "Refused.Signer.AccessKey.GasBudget.NotEnough"
    assert error.near_api_ts_kind == "Signer.AccessKey.GasBudget.NotEnough"
    assert error.figures["gas_budget"] == NEAR // 1000 < error.figures["cost"]


def test_a_failure_has_its_outcome(keyway, alice):
    with pytest.raises(keyway.Failed, match="Executor.NotFound") as failed:
        alice.transfer("nobody.near", "1 NEAR")
    assert any(execution.is_refund for execution in failed.value.outcome.executions)


@pytest.mark.parametrize("curve", ["ed25519", "secp256k1", "ml-dsa-65"])
def test_rotation(keyway, alice, curve):
    actions, key = keyway.actions, random_key(curve)
    alice.execute(actions.add_full_access_key(key.public_key), actions.delete_key(alice.public_key))
    with pytest.raises(keyway.Refused, match="AccessKey.NotFound"):
        alice.transfer("game.near", 1)
    alice.with_key(key).transfer("game.near", 1)


def test_lock(keyway, alice, contracts):
    assert keyway.lock_verdict("alice.near")["verdict"] == "not_locked"
    alice.execute(keyway.actions.delete_key(alice.public_key))
    report = keyway.lock_verdict("alice.near")
    assert report["verdict"] == "sealed" and "alice.near: sealed" in report["text"]
    assert contract_powers(contracts["recovery"])["verdict"] == "can_add_keys"


def test_drop(keyway, alice, contracts):
    drop = keyway.create_account("drop.near", contract=contracts["drop"])
    drop.call("drop.near", "new", {"owner_id": "drop.near"})
    link, holder = random_key(), random_key()
    price = int(keyway.view("drop.near", "price_of", {"amount": str(NEAR)}))
    links = {
        "public_keys": [link.public_key],
        "amount": str(NEAR),
        "expires_at_ns": str(int((keyway.now + DAY).timestamp()) * 10**9),
    }
    alice.call("drop.near", "add_links", links, gas="100 Tgas", deposit=price)
    claim = {"new_account_id": "bob.drop.near", "new_public_key": holder.public_key}
    drop.with_key(link).call("drop.near", "create_account_and_claim", claim, gas="40 Tgas")
    assert keyway.balance("bob.drop.near") == NEAR
    keyway.account("bob.drop.near", key=holder).transfer("alice.near", 1)


def test_recovery(keyway, alice, contracts):
    actions, helper, fresh = keyway.actions, random_key(), random_key()
    alice.execute(
        actions.deploy(contracts["recovery"]),
        actions.call("alice.near", "new", {"delay_ns": DAY_NS, "threshold": 1}, deposit=1),
        actions.call("alice.near", "add_helper", {"public_key": helper.public_key}, deposit=1),
    )
    wish = {"new_public_key": fresh.public_key}
    alice.with_key(helper).call("alice.near", "start_recovery", wish)
    with pytest.raises(keyway.Failed, match="the delay ends at"):
        keyway.root.call("alice.near", "finish_recovery", wish, gas="100 Tgas")
    keyway.advance(DAY)
    keyway.root.call("alice.near", "finish_recovery", wish, gas="100 Tgas")
    alice.with_key(fresh).transfer("game.near", 1)


def test_delegate(keyway, alice):
    signed = alice.sign_delegate(keyway.actions.call("game.near", "play", {"heads": True}))
    assert keyway.root.relay(signed).signer_id == "near"
    assert alice.balance == 10 * NEAR
    assert keyway.view("game.near", "score_of", {"account_id": "alice.near"})["rounds"] == 1


def test_gas_key(keyway, alice):
    actions, key = keyway.actions, random_key()
    alice.execute(
        actions.add_function_call_gas_key(key.public_key, "game.near", functions=["play"], nonces=4),
        actions.fund_gas_key(key.public_key, "1 NEAR"),
    )
    alice.with_key(key).call("game.near", "play", {"heads": True})
    gas_key = keyway.access_key("alice.near", key.public_key)["gas_key"]
    assert gas_key["balance"] < NEAR and gas_key["nonces"] == 4
    assert len(keyway.gas_key_nonces("alice.near", key.public_key)) == 4
    with pytest.raises(keyway.Refused, match="Function.NotAllowed"):
        alice.with_key(key).call("game.near", "leave")


def test_explain_forecast_audit(keyway, alice):
    app = alice.add_function_call_key("game.near", functions=["play"], gas_budget="0.25 NEAR")
    why = keyway.explain("alice.near", app.public_key, keyway.actions.call("game.near", "leave"))
    assert not why["accepted"] and "leave" in why["text"]
    assert "call" in keyway.forecast("alice.near", app.public_key, gas="30 Tgas", burnt="3 Tgas")["text"]
    assert keyway.audit("alice.near")["keys"] == 2


def test_snapshots_copies_and_time(keyway, alice):
    before = keyway.snapshot()
    alice.transfer("game.near", "1 NEAR")
    copy = keyway.clone()
    keyway.revert(before)
    assert alice.balance == 10 * NEAR > copy.balance("alice.near")
    copy.account("alice.near").transfer("game.near", 1)

    now = keyway.now
    keyway.advance(DAY)
    assert keyway.now == now + DAY
    with pytest.raises(keyway.SandboxError, match="RunsBack"):
        keyway.set_time(now)
    height = keyway.height
    keyway.seal_blocks(3)
    assert keyway.height == height + 3
    keyway.fast_forward(1000)
    assert keyway.height > height + 1000


def test_patches_and_impersonation(keyway, alice):
    keyway.impersonate("game.near").transfer("alice.near", "1 NEAR")
    assert alice.balance == 11 * NEAR
    keyway.set_balance("alice.near", 5 * NEAR)
    assert alice.simulate(keyway.actions.transfer("1 NEAR"), receiver="game.near").status == "succeeded"
    assert alice.balance == 5 * NEAR
    keyway.patch([{"Data": {"account_id": "alice.near", "data_key": "c2NvcmU=", "value": "NDI="}}])
    assert keyway.contract_state("alice.near", b"sc") == [(b"score", b"42")]
    signed = alice.sign(keyway.actions.transfer(1), receiver="game.near")
    assert keyway.outcome(signed.hash) is None


def test_deletions_and_time(keyway, alice):
    keyway.delete_contract("game.near")
    with pytest.raises(keyway.Failed):
        alice.call("game.near", "play", {"heads": True})
    keyway.delete_access_key("alice.near", alice.public_key)
    assert alice.access_keys == []
    keyway.delete_account("alice.near")
    assert not keyway.account_exists("alice.near")

    keyway.step_time(timedelta(seconds=5))
    now, height = keyway.now, keyway.height
    keyway.seal_blocks()
    assert keyway.now == now + timedelta(seconds=5)
    keyway.freeze_time()
    frozen = keyway.now
    keyway.seal_blocks()
    assert keyway.now == frozen
    keyway.free_time()
    keyway.mine(100, interval=timedelta(seconds=1))
    assert keyway.height >= height + 100


def test_invalid_arguments_say_what_to_write(keyway, alice):
    def invalid(match, call):
        with pytest.raises(keyway.ArgumentError, match=match):
            call()

    invalid('"0.25 NEAR"', lambda: alice.transfer("game.near", 0.5))
    invalid("it has no unit", lambda: alice.transfer("game.near", "5"))
    invalid('"Bob"', lambda: alice.transfer("Bob", 5))
    invalid('"30 Tgas"', lambda: alice.call("game.near", "play", gas="30"))
    invalid("gas_budget", lambda: alice.add_function_call_key("game.near", functions=["play"]))
    invalid("empty list", lambda: alice.add_function_call_key("game.near", functions=[], gas_budget=1))
    invalid("at least 1", lambda: alice.execute())
    invalid("rsa", lambda: random_key("rsa"))
    with pytest.raises(keyway.QueryError):
        keyway.balance("nobody.near")


def test_keys():
    pair = random_key("secp256k1")
    assert key_from_secret(pair.secret_key) == pair
    assert pair.secret_key not in repr(pair)
    assert known_key("alice.near") == known_key("alice.near")
    phrase = "abandon " * 11 + "about"
    assert key_from_phrase(phrase).public_key.startswith("ed25519:")


def test_json_rpc(keyway):
    assert keyway.rpc("status", [])["result"]["chain_id"] == "sandbox"
    assert json.dumps(keyway.rpc("no_such_method")["error"])
