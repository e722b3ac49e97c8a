//! What a contract can do, method by method.

use super::LockVerdict;
use super::error::WasmError;
use super::graph::{Graph, Stop, Ways};
use super::module::Module;
use super::power::{HostFunction, Power, host_function};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the methods of a contract can do, read from its code.
///
/// Every call in the code is assumed to happen: conditions and checks of the caller are ignored. So
/// nothing is missing, but something that never happens may be listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ContractPowers {
    /// How many methods a transaction can call.
    pub methods: usize,
    /// The host functions that act on accounts and that a method can reach, gravest first.
    pub reached: Vec<Reached>,
    /// Those that the code imports and no method can reach.
    pub unreached: Vec<String>,
    /// Imports that the chain is not known to offer, as `module.name`. A contract with such an import does
    /// not run until a protocol version offers it.
    pub unknown_imports: Vec<String>,
}

/// A host function, and the paths to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reached {
    /// What it does.
    pub power: Power,
    /// Its name.
    pub host_function: String,
    /// Every method that can reach it.
    pub methods: Vec<String>,
    /// One of the shortest paths, from a method to the host function.
    pub path: Vec<Step>,
}

/// One function on a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The function's name, or its number if the code does not name it.
    pub function: String,
    /// Whether it is called through a table. The function that such a call reaches is decided at run time;
    /// every function with the right type is assumed to be reachable.
    pub through_table: bool,
}

impl ContractPowers {
    /// The verdict on an account with this code and no key.
    #[must_use]
    pub fn verdict(&self) -> LockVerdict {
        let doubtful = !self.unknown_imports.is_empty();
        LockVerdict::of(|power| self.has(power), doubtful)
    }

    /// Whether a method can reach a host function that gives `power`.
    #[must_use]
    pub fn has(&self, power: Power) -> bool {
        self.reached.iter().any(|reached| reached.power == power)
    }
}

/// Reads what the methods of the contract `wasm` can do.
///
/// # Errors
/// [`WasmError`] if `wasm` is not a contract, or is too large to analyse.
///
/// ```
/// use keyway_guard::{LockVerdict, Power, contract_powers};
///
/// let wasm = wat::parse_str(
///     r#"(module
///         (import "env" "promise_batch_action_deploy_contract" (func $deploy (param i64 i64 i64)))
///         (func (export "upgrade") (call $deploy (i64.const 0) (i64.const 0) (i64.const 0)))
///         (func (export "get")))"#,
/// )?;
/// let powers = contract_powers(&wasm)?;
/// assert_eq!(powers.verdict(), LockVerdict::CanReplaceItsCode);
/// assert_eq!(powers.reached[0].power, Power::ReplaceCode);
/// assert_eq!(powers.reached[0].methods, ["upgrade"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn contract_powers(wasm: &[u8]) -> Result<ContractPowers, WasmError> {
    let module = Module::read(wasm)?;
    let graph = Graph::new(&module);
    let mut powers = ContractPowers {
        methods: module.methods.len(),
        reached: Vec::new(),
        unreached: Vec::new(),
        unknown_imports: module.unknown.iter().cloned().collect(),
    };
    for ((power, host_function), functions) in powerful_imports(&module) {
        let ways = graph.ways_to(&functions);
        match reached(&module, &ways, power, host_function) {
            Some(reached) => powers.reached.push(reached),
            None => powers.unreached.push(host_function.to_owned()),
        }
    }
    Ok(powers)
}

/// The methods of the contract `wasm` that a transaction can call.
///
/// # Errors
/// As [`contract_powers`].
pub fn contract_methods(wasm: &[u8]) -> Result<BTreeSet<String>, WasmError> {
    Ok(Module::read(wasm)?.methods.into_keys().collect())
}

/// The imports that act on accounts, gravest first. A name may be imported several times.
fn powerful_imports(module: &Module) -> BTreeMap<(Power, &str), Vec<usize>> {
    let mut found: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (function, name) in module.imports.iter().enumerate() {
        if let HostFunction::Powerful(power) = host_function(name) {
            found.entry((power, name.as_str())).or_default().push(function);
        }
    }
    found
}

fn reached(module: &Module, ways: &Ways<'_>, power: Power, name: &str) -> Option<Reached> {
    let start = module.start.map(|start| start as usize);
    // A start function runs before any method.
    let entries = |method: u32| [Some(method as usize), start].into_iter().flatten();
    let length = |method: u32| entries(method).filter_map(|entry| ways.length(entry)).min();
    let reaches = |(_, function): &(&String, &u32)| length(**function).is_some();
    let methods: Vec<_> = module.methods.iter().filter(reaches).collect();
    let (method, function) = methods.iter().min_by_key(|(_, function)| length(**function))?;
    let entry =
        entries(**function).min_by_key(|entry| ways.length(*entry).unwrap_or(usize::MAX))?;
    let mut stops = ways.path(entry);
    if entry == **function as usize && stops.len() > 1 {
        // The method itself, by the name that transactions use.
        stops.remove(0);
    }
    let step = |stop: &Stop| Step {
        function: module.name(stop.function),
        through_table: stop.through_table,
    };
    let first = Step { function: (*method).clone(), through_table: false };
    Some(Reached {
        power,
        host_function: name.to_owned(),
        methods: methods.iter().map(|(method, _)| (*method).clone()).collect(),
        path: std::iter::once(first).chain(stops.iter().map(step)).collect(),
    })
}
