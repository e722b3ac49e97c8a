//! The versions of the database, and how an older one becomes the newest.

use super::failed;
use crate::store::StoreError;
use tokio_postgres::{Client, Transaction};

/// Brings the database to the version that this program knows. Instances that start together take turns.
///
/// # Errors
/// If the database is of a newer version, or a statement fails; then nothing was changed.
pub(super) async fn migrate(client: &mut Client) -> Result<(), StoreError> {
    let turn = client.transaction().await.map_err(failed)?;
    super::turn::wait(&turn).await?;
    let found = version(&turn).await?;
    let newest = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if found > newest {
        let why = format!(
            "its database has version {found}, and this program knows {newest}; update this program"
        );
        return Err(StoreError::Unavailable { why, source: None });
    }
    for (number, migration) in (1..).zip(MIGRATIONS).filter(|(number, _)| *number > found) {
        turn.batch_execute(migration).await.map_err(failed)?;
        let number = i64::from(number);
        let keep = "INSERT INTO keyway_relay.versions (version) VALUES ($1)";
        turn.execute(keep, &[&number]).await.map_err(failed)?;
    }
    turn.commit().await.map_err(failed)
}

/// The newest migration that was applied; 0 in an empty database.
async fn version(turn: &Transaction<'_>) -> Result<u32, StoreError> {
    turn.batch_execute(
        "SET LOCAL client_min_messages = warning;
         CREATE SCHEMA IF NOT EXISTS keyway_relay;
         CREATE TABLE IF NOT EXISTS keyway_relay.versions (
             version bigint PRIMARY KEY,
             applied_at timestamptz NOT NULL DEFAULT now()
         );",
    )
    .await
    .map_err(failed)?;
    let newest = "SELECT coalesce(max(version), 0) FROM keyway_relay.versions";
    let row = turn.query_one(newest, &[]).await.map_err(failed)?;
    Ok(u32::try_from(row.get::<_, i64>(0)).unwrap_or(u32::MAX))
}

/// In order; none is ever changed once released.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/1.sql")];
