//! Programs for the driver contract: its arguments are host-function operations.

use crate::keys;

/// The driver's wasm; its opcodes are in `driver.c` beside it.
pub const CODE: &[u8] = include_bytes!("../../conformance/data/driver.wasm");

/// The driver's methods, and one that it does not have.
pub const METHODS: [&str; 6] = ["run", "play", "claim", "create_account", "noop", "missing"];

/// One operation of a program.
#[derive(Clone, Debug)]
pub enum Op {
    /// Writes a log line.
    Log(u8),
    /// Stores `len` bytes under a key.
    Write {
        /// Number of the key.
        key: u8,
        /// Bytes of the value.
        len: u8,
    },
    /// Removes what is stored under a key.
    Remove(u8),
    /// Burns gas in a loop.
    Burn(u16),
    /// Panics.
    Panic,
    /// Executes an opcode that does not exist.
    Trap,
    /// Returns a value.
    Return(u8),
    /// Starts a promise; the program ends in it when `returned`.
    Promise {
        /// Account number of the receiver.
        to: usize,
        /// What it does.
        steps: Vec<Step>,
        /// Calls this contract back afterwards.
        then: bool,
        /// Makes the promise the call's result.
        returned: bool,
    },
}

/// One action of a promise.
#[derive(Clone, Debug)]
pub enum Step {
    /// Creates the receiver.
    Create,
    /// Sends tokens, yoctoNEAR.
    Transfer(u128),
    /// Calls the driver there.
    Call {
        /// The program that runs there.
        program: Vec<Op>,
        /// Attached tokens, yoctoNEAR.
        deposit: u128,
        /// Attached gas, teragas.
        tgas: u8,
    },
    /// Adds a full-access key of this slot.
    AddFull(usize),
    /// Adds a function-call key of this slot, with this allowance, yoctoNEAR.
    AddCall(usize, u128),
    /// Deletes the key of this slot.
    DeleteKey(usize),
    /// Stakes tokens, yoctoNEAR.
    Stake(u128),
    /// Deletes the receiver in favour of an account.
    Delete(usize),
}

/// The bytes of a program.
pub fn encode(program: &[Op]) -> Vec<u8> {
    let mut writer = Writer::default();
    program.iter().for_each(|op| writer.op(op));
    writer.bytes
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    promises: u8,
}

impl Writer {
    fn op(&mut self, op: &Op) {
        match op {
            Op::Log(number) => self.code(0x01).str(format!("log {number}").as_bytes()),
            Op::Write { key, len } => {
                self.code(0x02).str(&[b'k', *key]).str(&vec![*key; usize::from(*len)])
            }
            Op::Remove(key) => self.code(0x04).str(&[b'k', *key]),
            Op::Burn(rounds) => self.code(0x08).word(u32::from(*rounds)),
            Op::Panic => self.code(0x07).str(b"asked to"),
            Op::Trap => self.code(0xff),
            Op::Return(byte) => self.code(0x05).str(&[*byte]),
            Op::Promise { to, steps, then, returned } => {
                self.promise(*to, steps, *then, *returned);
                self
            }
        };
    }

    fn promise(&mut self, to: usize, steps: &[Step], then: bool, returned: bool) {
        let number = self.promises;
        self.code(0x13).str(keys::account_id(to).as_bytes());
        self.promises = self.promises.wrapping_add(1);
        steps.iter().for_each(|step| self.step(number, to, step));
        let mut last = number;
        if then {
            last = self.promises;
            self.code(0x14).code(number).str(keys::account_id(to).as_bytes());
            self.promises = self.promises.wrapping_add(1);
            self.code(0x22).code(last).str(b"noop").str(b"").u128(0).u64(5_000_000_000_000);
        }
        if returned {
            self.code(0x30).code(last);
        }
    }

    fn step(&mut self, promise: u8, to: usize, step: &Step) {
        match step {
            Step::Create => self.code(0x20).code(promise),
            Step::Transfer(amount) => self.code(0x23).code(promise).u128(*amount),
            Step::Call { program, deposit, tgas } => self
                .code(0x22)
                .code(promise)
                .str(b"run")
                .str(&encode(program))
                .u128(*deposit)
                .u64(u64::from(*tgas) * 1_000_000_000_000),
            Step::AddFull(slot) => self.code(0x25).code(promise).key(to, *slot).u64(0),
            Step::AddCall(slot, allowance) => self
                .code(0x26)
                .code(promise)
                .key(to, *slot)
                .u64(0)
                .u128(*allowance)
                .str(b"bob.near")
                .str(b"run,play"),
            Step::DeleteKey(slot) => self.code(0x27).code(promise).key(to, *slot),
            Step::Stake(amount) => self.code(0x24).code(promise).u128(*amount).key(to, 0),
            Step::Delete(heir) => {
                self.code(0x28).code(promise).str(keys::account_id(*heir).as_bytes())
            }
        };
    }

    fn code(&mut self, byte: u8) -> &mut Self {
        self.bytes.push(byte);
        self
    }

    fn word(&mut self, word: u32) -> &mut Self {
        self.bytes.extend(word.to_le_bytes());
        self
    }

    fn u64(&mut self, number: u64) -> &mut Self {
        self.bytes.extend(number.to_le_bytes());
        self
    }

    fn u128(&mut self, yocto: u128) -> &mut Self {
        self.bytes.extend(yocto.to_le_bytes());
        self
    }

    fn str(&mut self, bytes: &[u8]) -> &mut Self {
        self.word(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        self.bytes.extend(bytes);
        self
    }

    fn key(&mut self, account: usize, slot: usize) -> &mut Self {
        let key = borsh::to_vec(keys::public(account, slot)).expect("memory takes all writes");
        self.str(&key)
    }
}
