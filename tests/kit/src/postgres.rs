//! A PostgreSQL server for a test: in a directory of its own, behind a Unix socket in it, ended with its value.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// A server that runs, or that is stopped for a while.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    directory: TempDir,
    /// Whom the server runs as, if not as this process: PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
    process: Option<Child>,
}

/// Why there is no server.
#[derive(Debug)]
pub enum NoPostgres {
    /// PostgreSQL is not installed.
    NotInstalled,
    /// It does not start.
    Failed(io::Error),
}

impl Postgres {
    /// Creates and starts a server. With `durable`, what it has committed outlives a kill.
    ///
    /// # Errors
    /// If PostgreSQL is not installed, or does not start.
    pub fn start(durable: bool) -> Result<Self, NoPostgres> {
        let programs = programs().ok_or(NoPostgres::NotInstalled)?;
        Self::create(programs, durable).map_err(NoPostgres::Failed)
    }

    fn create(programs: PathBuf, durable: bool) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("keyway-pg-").tempdir()?;
        let is_root = fs::metadata(directory.path())?.uid() == 0;
        let user = if is_root { Some(unprivileged()?) } else { None };
        if let Some((user, group)) = user {
            chown(directory.path(), Some(user), Some(group))?;
        }
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700))?;
        let mut server = Self { programs, directory, user, process: None };
        let data = server.data();
        let mut create = server.command("initdb");
        create.arg("-D").arg(&data).args(["-U", "relay", "-A", "trust", "-E", "UTF8"]);
        let output = create.args(["--locale=C", "--no-sync"]).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let fsync = if durable { "on" } else { "off" };
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nfsync = {fsync}\nshared_buffers = 32MB\nmax_connections = 100\n",
            server.directory.path().display()
        );
        fs::write(data.join("postgresql.auto.conf"), settings)?;
        server.start_again()?;
        Ok(server)
    }

    /// The address for a client.
    #[must_use]
    pub fn url(&self) -> String {
        let path = self.directory.path().display().to_string().replace('/', "%2F");
        format!("postgres://relay@{path}/postgres")
    }

    /// The id of the server's first process; none while it is stopped.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Starts the server after [`Postgres::stop`], and waits until it answers.
    ///
    /// # Errors
    /// If it does not answer within a minute.
    pub fn start_again(&mut self) -> io::Result<()> {
        let log = fs::File::create(self.directory.path().join("log"))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).stdout(Stdio::null()).stderr(log);
        self.process = Some(command.spawn()?);
        for _ in 0..600 {
            let mut ready = self.command("pg_isready");
            ready.arg("-q").arg("-U").arg("relay").arg("-h").arg(self.directory.path());
            if ready.status()?.success() {
                return Ok(());
            }
            if let Some(status) = self.process.as_mut().and_then(|it| it.try_wait().transpose()) {
                let log = fs::read_to_string(self.directory.path().join("log"))?;
                return Err(io::Error::other(format!("postgres ended with {:?}: {log}", status?)));
            }
            sleep(Duration::from_millis(100));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "postgres does not answer"))
    }

    /// Starts the server if it does not run.
    ///
    /// # Errors
    /// As [`Postgres::start_again`].
    pub fn start_again_if_stopped(&mut self) -> io::Result<()> {
        if self.process.is_some() { Ok(()) } else { self.start_again() }
    }

    /// Stops the server at once: its clients lose their connections, and the next start recovers.
    ///
    /// # Errors
    /// If the system does not let us.
    pub fn stop(&mut self) -> io::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        // Its children end by themselves then; a kill of the first process would leave them.
        Command::new("kill").args(["-QUIT", &process.id().to_string()]).status()?;
        for _ in 0..300 {
            if process.try_wait()?.is_some() {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        process.kill()?;
        process.wait().map(drop)
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command.current_dir(self.directory.path()).env_clear();
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A test that ends has nobody to report to.
        let _ended = self.stop();
    }
}

/// The directory of PostgreSQL's newest programs.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    let other = ["/usr/local/pgsql/bin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/bin"];
    let newest_first = versions.into_iter().rev().map(|(_, path)| path);
    newest_first
        .chain(other.map(PathBuf::from))
        .find(|path| ["initdb", "postgres", "pg_isready"].iter().all(|it| path.join(it).is_file()))
}

/// User and group of an account without rights.
fn unprivileged() -> io::Result<(u32, u32)> {
    let accounts = fs::read_to_string(Path::new("/etc/passwd"))?;
    let ids = |name: &str| {
        let line = accounts.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let mut fields = line.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody")).ok_or_else(|| {
        io::Error::new(io::ErrorKind::NotFound, "no account `postgres` or `nobody` to run it as")
    })
}

/// Whether there is a PostgreSQL to start.
#[must_use]
pub fn is_installed() -> bool {
    programs().is_some()
}

/// Whether tests must have PostgreSQL: the environment has `KEYWAY_TEST_POSTGRES=required`, as in CI.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "CI says so by the environment")]
pub fn is_required() -> bool {
    std::env::var_os("KEYWAY_TEST_POSTGRES").is_some_and(|value| value == "required")
}
