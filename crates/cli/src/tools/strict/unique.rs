//! Parses JSON text in which no object has a field twice.

use keyway::unique_json::{Demands, Unread, read};
use serde_json::Value;

/// Parses JSON; a repeated field is an error, because it would be unclear which one counts.
///
/// # Errors
/// If it is not JSON or has a repeated field; with line and column.
pub(super) fn parse(text: &[u8]) -> Result<Value, String> {
    read(text, &Unique).map_err(|unread| match unread {
        Unread::NotJson(why) | Unread::Problem(_, why) => why,
    })
}

struct Unique;

impl Demands for Unique {
    type Problem = String;

    fn repeated(&self, name: &str) -> String {
        format!("`{}` is repeated", super::quotable(name))
    }
}
