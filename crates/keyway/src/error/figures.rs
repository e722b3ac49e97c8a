//! The figures of errors, for programs in other languages.

use super::Error;
use serde::Serialize;
use serde_json::{Map, Value, json};

impl Error {
    /// The values in the error by name, such as `balance` and `cost`, which its text also shows. Amounts are text, in
    /// yoctoNEAR. Empty for errors that have none.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// let refused = alice.execute(transfer(99.near()).to("near")).unwrap_err();
    /// assert_eq!(refused.figures()["balance"], 10.near().as_yoctonear().to_string());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    #[must_use]
    pub fn figures(&self) -> Map<String, Value> {
        match self {
            Self::Argument(error) => {
                let mut figures = of(error.problem());
                figures.insert("function".to_owned(), json!(error.site().name()));
                figures.insert("field".to_owned(), json!(error.field()));
                figures
            }
            Self::Refused(refusal) => of(refusal),
            Self::Failed(failure) => {
                let mut figures = of(failure.reason());
                figures.insert("action_index".to_owned(), json!(failure.action_index()));
                figures
            }
            Self::Query(error) => of(error),
            Self::Fate(fate) => Map::from_iter([("hash".to_owned(), json!(fate.hash))]),
            Self::Endpoint(_) | Self::Pool(_) | Self::Key(_) | Self::Transport(_) => Map::new(),
            #[cfg(feature = "sandbox")]
            Self::Sandbox(error) => sandbox(error),
        }
    }
}

#[cfg(feature = "sandbox")]
fn sandbox(error: &super::SandboxError) -> Map<String, Value> {
    use super::SandboxError;
    match error {
        SandboxError::AccountExists { account_id } => {
            Map::from_iter([("account_id".to_owned(), json!(account_id))])
        }
        SandboxError::TimeRunsBack { asked_ns, now_ns } => Map::from_iter([
            ("asked_ns".to_owned(), json!(asked_ns)),
            ("now_ns".to_owned(), json!(now_ns)),
        ]),
        _ => Map::new(),
    }
}

/// The fields of a variant.
fn of(error: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(error) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};
    use near_primitives::types::Balance;

    #[test]
    fn figures_are_those_of_the_innermost_error() {
        let error =
            InvalidAccessKeyError::MethodNameMismatch { method_name: "withdraw".to_owned() };
        let error = Error::from(InvalidTxError::InvalidAccessKeyError(error));
        assert_eq!(Value::from(error.figures()), json!({"method_name": "withdraw"}));
        assert!(Error::from(InvalidTxError::InvalidSignature).figures().is_empty());
    }

    #[test]
    fn amounts_are_text() {
        let error = Error::from(InvalidTxError::NotEnoughBalance {
            signer_id: "alice.near".parse().unwrap(),
            balance: Balance::from_yoctonear(5),
            cost: Balance::MAX,
        });
        let most = u128::MAX.to_string();
        let expected = json!({"signer_id": "alice.near", "balance": "5", "cost": most});
        assert_eq!(Value::from(error.figures()), expected);
    }

    #[test]
    fn an_argument_names_its_function_and_field() {
        let error = Error::from(crate::parse_near("5").unwrap_err());
        let figures = error.figures();
        assert_eq!(figures["function"], "parse_near");
        assert_eq!(figures["got"], "5");
    }
}
