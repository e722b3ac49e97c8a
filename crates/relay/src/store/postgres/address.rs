//! The address of a database, and what is refused in it.

use super::failed;
use crate::store::StoreError;
use std::fmt;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// A database's address. Its password is never printed.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
}

impl Address {
    /// Reads `postgres://USER:PASSWORD@HOST/DATABASE`.
    ///
    /// # Errors
    /// If it cannot be read, or asks for TLS, or would send data over a network without saying so.
    pub(super) fn read(url: &str) -> Result<Self, StoreError> {
        let wrong = |why: String| StoreError::Unavailable { why, source: None };
        // The driver's text would quote a part of the address, which can be a part of the password.
        let mut config: Config = url.parse().map_err(|_| {
            wrong(
                "the address of the database is not of the form postgres://USER:PASSWORD@HOST/DATABASE; write special letters of the password as %XX"
                    .to_owned(),
            )
        })?;
        if config.get_hosts().is_empty() {
            return Err(wrong(
                "the address of the database names no host; for a Unix socket, write its directory with %2F for /"
                    .to_owned(),
            ));
        }
        let stays_here = config.get_hosts().iter().all(stays_here);
        match config.get_ssl_mode() {
            SslMode::Disable => {}
            SslMode::Prefer if stays_here => {}
            SslMode::Prefer => {
                return Err(wrong(
                    "the database is on another machine, and TLS to it is not supported: use a tunnel, or write ?sslmode=disable if you trust the network between"
                        .to_owned(),
                ));
            }
            _ => {
                return Err(wrong(
                    "sslmode asks for TLS, which is not supported for the database: use a tunnel and sslmode=disable"
                        .to_owned(),
                ));
            }
        }
        config.application_name("keyway relay").connect_timeout(CONNECT_WITHIN);
        // A connection of an instance that hangs must not hold the others up.
        let options = config.get_options().unwrap_or_default();
        config.options(format!("{options} {SESSION}").trim());
        Ok(Self { config })
    }

    /// Host and database, without user and password.
    fn place(&self) -> String {
        let host = self.config.get_hosts().first().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
        let database = self.config.get_dbname().unwrap_or("its default database");
        format!("{database} at {}", host.unwrap_or_default())
    }

    pub(super) async fn connect(&self) -> Result<tokio_postgres::Client, StoreError> {
        let connected = self.config.connect(tokio_postgres::NoTls).await;
        let (client, connection) = connected.map_err(failed)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the database ended");
            }
        });
        Ok(client)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())
    }
}

/// Whether data for this host does not leave the machine.
fn stays_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

const CONNECT_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);

/// Settings of each session: the server ends what hangs, so that an instance which stalls in the middle of a turn does not
/// keep its turn; commits are on disk when they return.
const SESSION: &str = "-c statement_timeout=10s -c lock_timeout=10s \
    -c idle_in_transaction_session_timeout=5s -c synchronous_commit=on \
    -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(url: &str, why: &str) {
        let error = Address::read(url).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(why), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }

    #[test]
    fn tls_is_never_a_surprise() {
        let local = ["postgres://u:s3cret@127.0.0.1/db", "postgres://u@%2Ftmp%2Fpg/db"];
        let trusted = "postgres://u:s3cret@db.internal/db?sslmode=disable";
        for url in local.into_iter().chain([trusted]) {
            let address = Address::read(url).unwrap();
            assert!(!format!("{address:?}").contains("s3cret"), "{address:?}");
        }
        refused("postgres://u:s3cret@db.internal/db", "TLS to it is not supported");
        refused("postgres://u:s3cret@127.0.0.1,db.internal/db", "TLS to it is not supported");
        refused("postgres://u:s3cret@127.0.0.1/db?sslmode=require", "sslmode asks for TLS");
    }

    #[test]
    fn no_part_of_a_password_is_quoted() {
        refused("postgres://u:x@127.0.0.1/db?s3cret=1", "is not of the form");
        refused("postgres://u:x@127.0.0.1:s3cret/db", "is not of the form");
        refused("mysql://u:s3cret@127.0.0.1/db", "is not of the form");
        refused("postgres:///db", "names no host");
    }
}
