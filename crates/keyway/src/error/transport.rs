//! Names of transport errors.

use crate::transport::{TransportError, Trouble};

impl TransportError {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.trouble {
            Trouble::Connect(_) | Trouble::Unresolved(_) => "Transport.Unreachable",
            Trouble::Timeout(_) => "Transport.Timeout",
            Trouble::Broken(_) => "Transport.Broken",
            Trouble::Status(_) => "Transport.Status",
            Trouble::TooLarge { .. } => "Transport.TooLarge",
            Trouble::NotJsonRpc => "Transport.NotJsonRpc",
            Trouble::RateLimited { .. } => "Transport.RateLimited",
            Trouble::Node { .. } => "Transport.Node.Unavailable",
            Trouble::Endpoint(_) => "Transport.Endpoint.Invalid",
        }
    }
}
