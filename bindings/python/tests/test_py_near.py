"""py-near reaches a sandbox over HTTP."""

import asyncio

import pytest

account = pytest.importorskip("py_near.account")

NEAR = 10**24


def test_py_near(keyway):
    alice = keyway.create_account("alice.near", balance="10 NEAR")

    async def story(url):
        near = account.Account("alice.near", alice.secret_key, rpc_addr=url)
        await near.startup()
        await near.send_money("near", NEAR)
        balance = await near.get_balance()
        await near.shutdown()
        return balance

    with keyway.listen() as server:
        assert asyncio.run(story(server.url)) < 9 * NEAR
    assert alice.balance < 9 * NEAR
