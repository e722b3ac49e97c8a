//! What is wrong with arguments.

/// What is wrong with a call's arguments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentsProblem {
    /// They are too long to look into.
    #[error("they have {bytes} bytes, and {limit} is the most that is looked into")]
    TooLong {
        /// Bytes.
        bytes: usize,
        /// The most.
        limit: usize,
    },
    /// Not JSON.
    #[error("they are not JSON: {why}")]
    NotJson {
        /// Why.
        why: String,
    },
    /// Nested too deeply.
    #[error("they are nested more than {limit} deep")]
    TooDeep {
        /// The deepest that is read.
        limit: usize,
    },
    /// A field occurs twice in one object.
    #[error("field \"{name}\" is repeated, so it is unclear which one counts")]
    RepeatedField {
        /// Its name.
        name: String,
    },
    /// A field's name is written with escapes.
    #[error("the name of field \"{name}\" is written with escapes")]
    EscapedField {
        /// Its name.
        name: String,
    },
    /// A field's name is empty or not of visible ASCII letters.
    #[error("the name of field \"{name}\" is empty, or has other letters than visible ASCII")]
    StrangeField {
        /// Its name.
        name: String,
    },
    /// A text with a NUL.
    #[error("a text has a NUL in it")]
    Nul,
    /// Not an object.
    #[error("they are not a JSON object")]
    NotAnObject,
    /// There should be none.
    #[error("there are {bytes} bytes of arguments, and none are allowed")]
    NotNone {
        /// Bytes.
        bytes: usize,
    },
    /// A field that is not allowed.
    #[error("field \"{name}\" is not among {allowed}")]
    UnknownField {
        /// Its name.
        name: String,
        /// The fields that are allowed.
        allowed: String,
    },
    /// A path selects nothing, or several values.
    #[error("{path} selects {found} values, and {} is needed", if *several { "at least 1" } else { "exactly 1" })]
    Selected {
        /// The path.
        path: String,
        /// How many.
        found: usize,
        /// Whether several are allowed.
        several: bool,
    },
    /// A value that is not allowed.
    #[error("{path} has {got}, and it is allowed only if it {needed}")]
    Value {
        /// The path.
        path: String,
        /// The value.
        got: String,
        /// What it must be.
        needed: String,
    },
}

#[cfg(test)]
impl ArgumentsProblem {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "TooLong",
            Self::NotJson { .. } => "NotJson",
            Self::TooDeep { .. } => "TooDeep",
            Self::RepeatedField { .. } => "RepeatedField",
            Self::EscapedField { .. } => "EscapedField",
            Self::StrangeField { .. } => "StrangeField",
            Self::Nul => "Nul",
            Self::NotAnObject => "NotAnObject",
            Self::NotNone { .. } => "NotNone",
            Self::UnknownField { .. } => "UnknownField",
            Self::Selected { .. } => "Selected",
            Self::Value { .. } => "Value",
        }
    }
}
