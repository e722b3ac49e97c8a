//! What each host function lets a contract do.

use serde::Serialize;

/// Something that a contract can do to accounts, beside its own storage.
///
/// The contract names the account at run time, and the chain accepts most of these only for the contract's
/// own account, or one created in the same batch. The code does not show which account it will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Power {
    /// Add a full-access key.
    AddFullAccessKey,
    /// Add a function-call key.
    AddFunctionCallKey,
    /// Deploy a contract, or use a global one instead.
    ReplaceCode,
    /// Publish a global contract under the account's name, which replaces the code of all its users.
    PublishCodeByName,
    /// Publish a global contract under its hash, which changes no other account's code.
    PublishCodeByHash,
    /// Delete the account.
    DeleteAccount,
    /// Delete keys.
    DeleteKey,
    /// Transfer the account's balance.
    Spend,
    /// Stake the account's balance, or unstake it.
    Stake,
    /// Create accounts.
    CreateAccount,
    /// Call contracts in the account's name, with deposits.
    CallContracts,
}

/// What an imported function of the module `env` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostFunction {
    /// It acts on accounts.
    Powerful(Power),
    /// It reads, computes, logs, or uses the contract's own storage.
    Harmless,
    /// It is not a known host function.
    Unknown,
}

/// Looks `name` up. A name that is in neither table is never harmless.
pub(super) fn host_function(name: &str) -> HostFunction {
    if let Some((_, power)) = POWERFUL.iter().find(|(known, _)| *known == name) {
        return HostFunction::Powerful(*power);
    }
    if HARMLESS.contains(&name) { HostFunction::Harmless } else { HostFunction::Unknown }
}

/// The host functions that act on accounts. A yield counts as a call, because it runs a method later.
const POWERFUL: &[(&str, Power)] = &[
    ("promise_batch_action_add_key_with_full_access", Power::AddFullAccessKey),
    ("promise_batch_action_add_gas_key_with_full_access", Power::AddFullAccessKey),
    ("promise_batch_action_add_key_with_function_call", Power::AddFunctionCallKey),
    ("promise_batch_action_add_gas_key_with_function_call", Power::AddFunctionCallKey),
    ("promise_batch_action_deploy_contract", Power::ReplaceCode),
    ("promise_batch_action_use_global_contract", Power::ReplaceCode),
    ("promise_batch_action_use_global_contract_by_account_id", Power::ReplaceCode),
    ("promise_batch_action_deploy_global_contract_by_account_id", Power::PublishCodeByName),
    ("promise_batch_action_deploy_global_contract", Power::PublishCodeByHash),
    ("promise_batch_action_delete_account", Power::DeleteAccount),
    ("promise_batch_action_delete_key", Power::DeleteKey),
    ("promise_batch_action_transfer", Power::Spend),
    ("promise_batch_action_transfer_to_gas_key", Power::Spend),
    ("promise_set_refund_to", Power::Spend),
    ("promise_batch_action_stake", Power::Stake),
    ("promise_batch_action_create_account", Power::CreateAccount),
    ("promise_batch_action_state_init", Power::CreateAccount),
    ("promise_batch_action_state_init_by_account_id", Power::CreateAccount),
    ("promise_batch_action_universal_state_init", Power::CreateAccount),
    ("promise_create", Power::CallContracts),
    ("promise_then", Power::CallContracts),
    ("promise_batch_action_function_call", Power::CallContracts),
    ("promise_batch_action_function_call_weight", Power::CallContracts),
    ("promise_yield_create", Power::CallContracts),
    ("promise_yield_create_with_id", Power::CallContracts),
];

/// The host functions that do not act on accounts.
const HARMLESS: &[&str] = &[
    "abort",
    "account_balance",
    "account_locked_balance",
    "alt_bn128_g1_multiexp",
    "alt_bn128_g1_sum",
    "alt_bn128_pairing_check",
    "attached_deposit",
    "block_index",
    "block_timestamp",
    "bls12381_g1_multiexp",
    "bls12381_g2_multiexp",
    "bls12381_map_fp2_to_g2",
    "bls12381_map_fp_to_g1",
    "bls12381_p1_decompress",
    "bls12381_p1_sum",
    "bls12381_p2_decompress",
    "bls12381_p2_sum",
    "bls12381_pairing_check",
    "chain_id",
    "current_account_id",
    "current_contract_code",
    "ecrecover",
    "ed25519_verify",
    "epoch_height",
    "gas",
    "input",
    "keccak256",
    "keccak512",
    "log_utf16",
    "log_utf8",
    "ml_dsa_verify",
    "p256_verify",
    "panic",
    "panic_utf8",
    "predecessor_account_id",
    "prepaid_gas",
    "promise_and",
    "promise_batch_create",
    "promise_batch_then",
    "promise_result",
    "promise_results_count",
    "promise_return",
    "promise_yield_resume",
    "promise_yield_resume_with_yield_id",
    "random_seed",
    "read_register",
    "refund_to_account_id",
    "register_len",
    "ripemd160",
    "set_state_init_data_entry",
    "sha256",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "signer_account_id",
    "signer_account_pk",
    "storage_has_key",
    "storage_iter_next",
    "storage_iter_prefix",
    "storage_iter_range",
    "storage_read",
    "storage_remove",
    "storage_usage",
    "storage_write",
    "universal_state_init_to_account_id",
    "used_gas",
    "validator_stake",
    "validator_total_stake",
    "value_return",
    "write_register",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::process::Command;

    #[test]
    fn what_is_not_in_a_table_is_unknown() {
        assert_eq!(host_function("promise_batch_action_add_everything"), HostFunction::Unknown);
        assert_eq!(host_function(""), HostFunction::Unknown);
        assert_eq!(host_function("sha256"), HostFunction::Harmless);
        let stake = host_function("promise_batch_action_stake");
        assert_eq!(stake, HostFunction::Powerful(Power::Stake));
    }

    #[test]
    fn every_batch_action_is_powerful() {
        assert!(HARMLESS.iter().all(|name| !name.starts_with("promise_batch_action_")));
    }

    /// The tables together are the list in the source of the contract VM that we build with.
    #[test]
    fn the_tables_are_the_contract_vms_own_list() {
        let ours: BTreeSet<_> =
            POWERFUL.iter().map(|(name, _)| *name).chain(HARMLESS.iter().copied()).collect();
        assert_eq!(ours.len(), POWERFUL.len() + HARMLESS.len(), "a name is listed twice");
        let source = vm_source();
        assert_eq!(ours, imports(&source));
    }

    /// The `imports.rs` of the VM that the engine is built with, found through the build's dependency list.
    fn vm_source() -> String {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline"])
            .args(["--filter-platform", "host-tuple", "--manifest-path"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let engine = find(&metadata["packages"], "name", &json!("keyway-engine"));
        let engine = find(&metadata["resolve"]["nodes"], "id", &engine["id"]);
        let vm = find(&engine["deps"], "name", &json!("near_vm_runner"));
        let vm = find(&metadata["packages"], "id", &vm["pkg"]);
        let manifest = Path::new(vm["manifest_path"].as_str().unwrap());
        std::fs::read_to_string(manifest.with_file_name("src/imports.rs")).unwrap()
    }

    fn find<'v>(list: &'v Value, field: &str, value: &Value) -> &'v Value {
        list.as_array().unwrap().iter().find(|entry| entry[field] == *value).unwrap()
    }

    /// The names between `imports! {` and its end: one before each `<[`, or after `@as`. Names of the
    /// module `internal`, and those that no network builds, are left out.
    fn imports(source: &str) -> BTreeSet<&str> {
        let start = source.find("\nimports! {").unwrap();
        let end = start + source[start..].find("\n}\n").unwrap();
        source[start..end]
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("//") && !line.starts_with("@in "))
            .filter(|line| !line.starts_with("#[["))
            .filter_map(|line| line.split_once("<[").map(|(head, _)| head))
            .map(|head| match head.strip_prefix("@as ") {
                Some(renamed) => renamed.split_once(':').unwrap().0,
                None => head.rsplit(' ').next().unwrap(),
            })
            .collect()
    }
}
