//! What needs no sandbox.

use crate::answer::answer;
use crate::number::{Bytes, integers};
use crate::problem::Problem;
use crate::sandbox::read_key_pair;
use keyway::KeyPair;
use keyway::guard::contract_powers;
use keyway::keys::{Curve, HdPath, SeedPhrase};
use serde::Deserialize;
use serde_json::{Value, json};

/// A request that needs no sandbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Tool {
    /// A new random key pair.
    RandomKey {
        /// `ed25519`, `secp256k1` or `ml-dsa-65`.
        curve: String,
    },
    /// The key pair of a secret key.
    KeyFromSecret {
        /// As in `ed25519:…`.
        secret_key: String,
    },
    /// The key pair of a seed phrase.
    KeyFromPhrase {
        /// Its words.
        phrase: String,
        /// The path of the key; that of NEAR's wallets if it is left out.
        path: Option<String>,
    },
    /// The key pair that is derived from an account's name, in every sandbox.
    KnownKey {
        /// The account.
        account_id: String,
    },
    /// What a contract could do to an account that has no keys.
    ContractPowers {
        /// Its code.
        wasm: Bytes,
    },
}

/// Carries out a [`Tool`] in JSON.
#[must_use]
pub fn tool(request: &str) -> String {
    answer(request, |tool: Tool| tool.carry_out().map(integers))
}

impl Tool {
    fn carry_out(self) -> Result<Value, Problem> {
        match self {
            Self::RandomKey { curve } => Ok(key_pair(&KeyPair::random(read_curve(&curve)?))),
            Self::KeyFromSecret { secret_key } => Ok(key_pair(&read_key_pair(&secret_key)?)),
            Self::KeyFromPhrase { phrase, path } => {
                let unreadable = |error: &dyn std::fmt::Display| {
                    Problem::argument("Argument.NotUsable", error.to_string())
                };
                let phrase: SeedPhrase = phrase.parse().map_err(|error| unreadable(&error))?;
                let path: HdPath = match path {
                    Some(path) => path.parse().map_err(|error| unreadable(&error))?,
                    None => HdPath::default(),
                };
                Ok(key_pair(&phrase.key_pair(&path)))
            }
            Self::KnownKey { account_id } => Ok(key_pair(&keyway::Sandbox::known_key(account_id)?)),
            Self::ContractPowers { wasm } => {
                let powers = contract_powers(&wasm.0);
                let powers = powers
                    .map_err(|error| Problem::argument("Argument.NotUsable", error.to_string()))?;
                let (verdict, text) = (powers.verdict(), powers.to_string());
                Ok(json!({"verdict": verdict, "powers": powers, "text": text}))
            }
        }
    }
}

fn key_pair(key_pair: &KeyPair) -> Value {
    json!({"public_key": key_pair.public_key(), "secret_key": *key_pair.expose_secret_text()})
}

fn read_curve(text: &str) -> Result<Curve, Problem> {
    CURVES.into_iter().find(|curve| curve.prefix() == text).ok_or_else(|| {
        let message = format!("{text:?} is not a curve: write ed25519, secp256k1 or ml-dsa-65");
        Problem::argument("Argument.NotUsable", message)
    })
}

const CURVES: [Curve; 3] = [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65];
