//! A contract's module, reduced to what calls what and where calls can start.

use super::error::WasmError;
use super::power::{HostFunction, host_function};
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{
    ConstExpr, Element, ElementItems, Export, ExternalKind, FuncType, FuncValidatorAllocations,
    FunctionBody, Import, NameSectionReader, Operator, OperatorsReader, Parser, Payload, TableInit,
    TypeRef, ValidPayload, Validator, WasmFeatures,
};

/// Twice what the chain accepts; a larger module could not be called anyway.
const MAX_BYTES: usize = 8 << 20;
const MAX_FUNCTIONS: usize = 20_000;
const MAX_METHOD_BYTES: usize = 512;
/// Far more than any contract written by people has.
const MAX_METHODS: usize = 2_000;
/// Names of functions are shown to people; longer ones are cut.
const MAX_NAME_CHARS: usize = 256;

/// The parts of a module that decide what can call what. Functions are numbered from 0, imports first.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The imported functions' names.
    pub(super) imports: Vec<String>,
    /// Imports that the chain is not known to offer.
    pub(super) unknown: BTreeSet<String>,
    /// Exported functions that a transaction can call: no arguments, no result.
    pub(super) methods: BTreeMap<String, u32>,
    /// Runs before every method.
    pub(super) start: Option<u32>,
    /// Each function's type; equal types have equal numbers.
    pub(super) type_of: Vec<u32>,
    /// Each function's calls.
    pub(super) calls: Vec<Calls>,
    /// Functions that can get into a table or a variable.
    pub(super) referenced: BTreeSet<u32>,
    /// Other modules could put any function into a table.
    pub(super) open_table: bool,
    /// Names to show; most contracts leave them out.
    names: BTreeMap<u32, String>,
    types: BTreeMap<FuncType, u32>,
    type_numbers: Vec<u32>,
    exported: Vec<(String, u32)>,
}

/// What one function calls.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Functions.
    pub(super) functions: BTreeSet<u32>,
    /// Types of the functions that it calls through a table.
    pub(super) types: BTreeSet<u32>,
}

impl Module {
    /// Reads `wasm`, and validates it by NEAR's rules for contracts.
    pub(super) fn read(wasm: &[u8]) -> Result<Self, WasmError> {
        at_most("bytes", wasm.len(), MAX_BYTES)?;
        let mut module = Self::default();
        let mut validator = Validator::new_with_features(features());
        let mut allocations = FuncValidatorAllocations::default();
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
                let mut function = function.into_validator(allocations);
                function.validate(&body)?;
                allocations = function.into_allocations();
                module.read_body(&body)?;
            } else {
                module.read_section(payload)?;
            }
        }
        module.find_methods()?;
        Ok(module)
    }

    /// The name to show for a function.
    pub(super) fn name(&self, function: usize) -> String {
        let named = u32::try_from(function).ok().and_then(|index| self.names.get(&index));
        let name = self.imports.get(function).or(named);
        name.cloned().unwrap_or_else(|| format!("function {function}"))
    }

    fn read_section(&mut self, payload: Payload<'_>) -> Result<(), WasmError> {
        match payload {
            Payload::TypeSection(types) => {
                for function_type in types.into_iter_err_on_gc_types() {
                    self.add_type(function_type?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.add_import(import?)?;
                }
            }
            Payload::FunctionSection(functions) => {
                for index in functions {
                    self.add_function(index?)?;
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    if let TableInit::Expr(first) = table?.init {
                        self.read_constant(&first)?;
                    }
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    self.read_constant(&global?.init_expr)?;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    self.add_export(export?);
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(elements) => {
                for element in elements {
                    self.read_element(element?)?;
                }
            }
            Payload::CustomSection(custom) => {
                if let wasmparser::KnownCustom::Name(names) = custom.as_known() {
                    // Names are only shown, so broken ones are left out.
                    let _ = self.read_names(names);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add_type(&mut self, function_type: FuncType) {
        let next = self.types.len() as u32;
        self.type_numbers.push(*self.types.entry(function_type).or_insert(next));
    }

    fn add_import(&mut self, import: Import<'_>) -> Result<(), WasmError> {
        let known = match import.ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                self.imports.push(cut(import.name));
                self.add_function(index)?;
                host_function(import.name) != HostFunction::Unknown
            }
            TypeRef::Memory(_) => true,
            TypeRef::Table(_) | TypeRef::Global(_) | TypeRef::Tag(_) => {
                self.open_table = true;
                false
            }
        };
        if !known || import.module != "env" {
            self.unknown.insert(cut(&format!("{}.{}", import.module, import.name)));
        }
        Ok(())
    }

    fn add_function(&mut self, type_index: u32) -> Result<(), WasmError> {
        let number = self.type_numbers.get(type_index as usize).copied();
        self.type_of.push(number.ok_or_else(|| missing("type", type_index))?);
        at_most("functions", self.type_of.len(), MAX_FUNCTIONS)
    }

    fn add_export(&mut self, export: Export<'_>) {
        match export.kind {
            ExternalKind::Func | ExternalKind::FuncExact => {
                self.exported.push((export.name.to_owned(), export.index));
            }
            ExternalKind::Table => self.open_table = true,
            ExternalKind::Memory | ExternalKind::Global | ExternalKind::Tag => {}
        }
    }

    fn read_element(&mut self, element: Element<'_>) -> Result<(), WasmError> {
        match element.items {
            ElementItems::Functions(functions) => {
                for function in functions {
                    self.referenced.insert(function?);
                }
            }
            ElementItems::Expressions(_, constants) => {
                for constant in constants {
                    self.read_constant(&constant?)?;
                }
            }
        }
        Ok(())
    }

    fn read_constant(&mut self, constant: &ConstExpr<'_>) -> Result<(), WasmError> {
        self.read_operators(constant.get_operators_reader()).map(drop)
    }

    fn read_body(&mut self, body: &FunctionBody<'_>) -> Result<(), WasmError> {
        let calls = self.read_operators(body.get_operators_reader()?)?;
        self.calls.push(calls);
        Ok(())
    }

    /// Collects calls and references. A function that is referenced anywhere may end up in any table.
    fn read_operators(&mut self, mut operators: OperatorsReader<'_>) -> Result<Calls, WasmError> {
        let mut calls = Calls::default();
        while !operators.eof() {
            match operators.read()? {
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    calls.functions.insert(function_index);
                }
                Operator::CallIndirect { type_index, .. }
                | Operator::ReturnCallIndirect { type_index, .. } => {
                    let number = self.type_numbers.get(type_index as usize).copied();
                    calls.types.insert(number.ok_or_else(|| missing("type", type_index))?);
                }
                Operator::RefFunc { function_index } => {
                    self.referenced.insert(function_index);
                }
                _ => {}
            }
        }
        Ok(calls)
    }

    fn read_names(&mut self, names: NameSectionReader<'_>) -> Result<(), WasmError> {
        for subsection in names {
            let wasmparser::Name::Function(functions) = subsection? else { continue };
            for naming in functions {
                let naming = naming?;
                self.names.insert(naming.index, cut(naming.name));
            }
        }
        Ok(())
    }

    fn find_methods(&mut self) -> Result<(), WasmError> {
        let of_methods = self.types.get(&FuncType::new([], [])).copied();
        for (name, function) in &self.exported {
            self.names.entry(*function).or_insert_with(|| cut(name));
            let number = self.type_of.get(*function as usize).copied();
            if Some(number.ok_or_else(|| missing("function", *function))?) == of_methods {
                at_most("bytes in a method's name", name.len(), MAX_METHOD_BYTES)?;
                self.methods.insert(name.clone(), *function);
            }
        }
        at_most("methods", self.methods.len(), MAX_METHODS)
    }
}

/// The features that NEAR's contracts can use, and tail calls, which make no difference here. Without typed
/// references, a function's type alone decides whether a call through a table can reach it.
fn features() -> WasmFeatures {
    WasmFeatures::FLOATS
        | WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::TAIL_CALL
}

fn at_most(what: &'static str, had: usize, limit: usize) -> Result<(), WasmError> {
    if had > limit {
        return Err(WasmError::TooLarge { what, had, limit });
    }
    Ok(())
}

/// The validator reports these first; if it did not, the code would not be analysed either.
fn missing(what: &str, index: u32) -> WasmError {
    WasmError::Invalid { reason: format!("{what} {index} is not there"), offset: 0 }
}

fn cut(name: &str) -> String {
    name.chars().take(MAX_NAME_CHARS).collect()
}
