//! Small contracts: each method is a fixed list of calls of host functions.

use std::collections::BTreeMap;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, ImportSection, Instruction, MemorySection, MemoryType, Module, TypeSection,
    ValType,
};

/// A call of a host function.
#[derive(Clone, Debug)]
pub struct Host {
    name: &'static str,
    args: Vec<Arg>,
    keep: Option<u32>,
}

/// An argument of a host function.
#[derive(Clone, Debug)]
pub enum Arg {
    /// A number.
    N(u64),
    /// Length and address of these bytes.
    Bytes(Vec<u8>),
    /// The address of these bytes.
    At(Vec<u8>),
    /// What stands in a register, in the place of length and address.
    Register(u64),
    /// A number that an earlier call returned: see [`Host::keep`].
    Kept(u32),
}

/// Calls `name`.
#[must_use]
pub fn host(name: &'static str, args: impl Into<Vec<Arg>>) -> Host {
    Host { name, args: args.into(), keep: None }
}

impl Host {
    /// Keeps the number that the function returns in slot 0 to 7.
    #[must_use]
    pub fn keep(self, slot: u32) -> Self {
        Self { keep: Some(slot), ..self }
    }
}

/// A text as argument.
#[must_use]
pub fn text(text: &str) -> Arg {
    Arg::Bytes(text.as_bytes().to_vec())
}

/// The address of an amount, yoctoNEAR.
#[must_use]
pub fn amount(yocto: u128) -> Arg {
    Arg::At(yocto.to_le_bytes().to_vec())
}

/// The wasm of a contract with these methods.
#[must_use]
pub fn contract(methods: &[(&str, Vec<Host>)]) -> Vec<u8> {
    let mut builder = Builder::default();
    let calls = methods.iter().flat_map(|(_, calls)| calls);
    calls.for_each(|call| builder.import(call));
    let functions: Vec<_> = methods.iter().map(|(_, calls)| builder.function(calls)).collect();
    builder.module(methods, &functions)
}

#[derive(Default)]
struct Builder {
    /// Index of each imported function, by name.
    functions: BTreeMap<&'static str, u32>,
    imports: ImportSection,
    types: TypeSection,
    data: Vec<u8>,
}

impl Builder {
    fn import(&mut self, call: &Host) {
        if self.functions.contains_key(call.name) {
            return;
        }
        let index = u32::try_from(self.functions.len()).expect("few functions");
        let width = |arg: &Arg| if matches!(arg, Arg::Bytes(_) | Arg::Register(_)) { 2 } else { 1 };
        let params = vec![ValType::I64; call.args.iter().map(width).sum()];
        self.types.ty().function(params, result(call.name));
        self.imports.import("env", call.name, EntityType::Function(index));
        self.functions.insert(call.name, index);
    }

    fn function(&mut self, calls: &[Host]) -> Function {
        let mut function = Function::new([(8, ValType::I64)]);
        for call in calls {
            call.args.iter().for_each(|arg| self.push(&mut function, arg));
            function.instruction(&Instruction::Call(self.functions[call.name]));
            match (result(call.name), call.keep) {
                (None, _) => {}
                (Some(ValType::I64), Some(slot)) => {
                    function.instruction(&Instruction::LocalSet(slot));
                }
                (Some(_), _) => {
                    function.instruction(&Instruction::Drop);
                }
            }
        }
        function.instruction(&Instruction::End);
        function
    }

    fn push(&mut self, function: &mut Function, arg: &Arg) {
        let constants = match arg {
            Arg::N(number) => vec![*number],
            Arg::Bytes(bytes) => vec![bytes.len() as u64, self.place(bytes)],
            Arg::At(bytes) => vec![self.place(bytes)],
            Arg::Register(register) => vec![u64::MAX, *register],
            Arg::Kept(slot) => {
                function.instruction(&Instruction::LocalGet(*slot));
                return;
            }
        };
        for constant in constants {
            function.instruction(&Instruction::I64Const(constant.cast_signed()));
        }
    }

    fn place(&mut self, bytes: &[u8]) -> u64 {
        let at = self.data.len() as u64;
        self.data.extend_from_slice(bytes);
        at
    }

    fn module(mut self, methods: &[(&str, Vec<Host>)], bodies: &[Function]) -> Vec<u8> {
        let imported = u32::try_from(self.functions.len()).expect("few functions");
        self.types.ty().function([], []);
        let (mut functions, mut exports) = (FunctionSection::new(), ExportSection::new());
        let (mut code, mut data) = (CodeSection::new(), DataSection::new());
        for (index, ((name, _), body)) in (imported..).zip(methods.iter().zip(bodies)) {
            functions.function(imported);
            exports.export(name, ExportKind::Func, index);
            code.function(body);
        }
        data.active(0, &ConstExpr::i32_const(0), self.data.iter().copied());
        let mut memory = MemorySection::new();
        let pages = 1 + self.data.len() as u64 / 65_536;
        memory.memory(MemoryType {
            minimum: pages,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut module = Module::new();
        module.section(&self.types).section(&self.imports).section(&functions);
        module.section(&memory).section(&exports).section(&code).section(&data);
        module.finish()
    }
}

/// What a host function returns.
fn result(name: &str) -> Option<ValType> {
    match name {
        "promise_yield_resume" | "promise_yield_resume_with_yield_id" => Some(ValType::I32),
        "storage_write"
        | "storage_read"
        | "storage_remove"
        | "storage_usage"
        | "promise_create"
        | "promise_then"
        | "promise_batch_create"
        | "promise_batch_then"
        | "promise_result"
        | "promise_results_count"
        | "promise_yield_create"
        | "promise_yield_create_with_id"
        | "promise_batch_action_state_init"
        | "p256_verify"
        | "ml_dsa_verify"
        | "universal_state_init_to_account_id" => Some(ValType::I64),
        _ => None,
    }
}
