//! Bodies: limited in bytes and time, and JSON without unknown fields.

use crate::error::Refused;
use crate::relay::Relay;
use axum::body::{Body, to_bytes};
use axum::http::Extensions;
use keyway_rpc::InFlight;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

/// Reads a JSON body.
pub(super) async fn read<T: DeserializeOwned>(
    relay: &Relay,
    extensions: &Extensions,
    body: Body,
) -> Result<T, Refused> {
    let limits = &relay.config.limits;
    let (limit, within) = (limits.body_bytes, limits.body_within());
    let bytes = match timeout(within, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => {
            let error = error.into_inner();
            let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error.as_ref());
            while let Some(found) = cause {
                if found.to_string() == "length limit exceeded" {
                    return Err(Refused::TooLarge { limit });
                }
                cause = found.source();
            }
            return Err(Refused::NotRead("the connection broke in the body".to_owned()));
        }
        Err(_) => return Err(Refused::TooSlow { limit: within }),
    };
    // From now on the connection is not closed to make room for another.
    extensions.get::<InFlight>().into_iter().for_each(InFlight::begin);
    serde_json::from_slice(&bytes)
        .map_err(|error| Refused::NotRead(keyway::keys::printable(&error.to_string()).to_string()))
}
